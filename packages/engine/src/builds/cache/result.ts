import { parseDigest, type Digest } from '@wharf/oci';
import type { OpResult } from '../executor.js';

/** A result as a record has it; undefined for anything else. */
export function readResult(text: string): OpResult | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined;
    if (value.kind === 'tree' && 'digest' in value && typeof value.digest === 'string')
      return { kind: 'tree', digest: parseDigest(value.digest) };
    if (value.kind === 'layers' && 'diffIds' in value && Array.isArray(value.diffIds))
      return { kind: 'layers', diffIds: value.diffIds.map(toDigest) };
    return undefined;
  } catch {
    return undefined;
  }
}

function toDigest(value: unknown): Digest {
  return parseDigest(String(value));
}
