import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { CacheInput } from '@wharf/core';

/** What was looked at when a step was executed: its inputs, and the variables in its words, for explanations alone. */
export interface StoredInputs {
  readonly inputs: readonly CacheInput[];
  readonly variables: readonly StepVariable[];
}

export interface StepVariable {
  readonly kind: 'ARG' | 'ENV';
  readonly name: string;
  readonly value?: string;
}

type Packed = readonly [
  inputs: readonly (readonly [string, string, string])[],
  variables: readonly (readonly ['ARG' | 'ENV', string, string | null])[],
];

/** Of what an explanation may unpack. */
const maxBytes = 256 * 1024 * 1024;

export function packInputs({ inputs, variables }: StoredInputs): Uint8Array {
  const packed: Packed = [
    inputs.map(({ kind, name, value }) => [kind, name, value]),
    variables.map(({ kind, name, value }) => [kind, name, value ?? null]),
  ];
  return zstdCompressSync(JSON.stringify(packed));
}

/** Undefined for what cannot be read: then there is nothing to compare with. */
export function unpackInputs(bytes: Uint8Array): StoredInputs | undefined {
  try {
    const text = zstdDecompressSync(bytes, { maxOutputLength: maxBytes }).toString();
    const [inputs, variables] = JSON.parse(text) as Packed;
    return {
      inputs: inputs.map(([kind, name, value]) => ({ kind, name, value })),
      variables: variables.map(([kind, name, value]) => ({
        kind,
        name,
        ...(value === null ? {} : { value }),
      })),
    };
  } catch {
    return undefined;
  }
}
