import { InvalidArgumentError } from '@wharf/core';
import type { ResolvedUser } from '@wharf/oci';

/** The parts of `process` in the runtime specification that the shim fills in; the rest is carried as it is. */
export interface ProcessConfig {
  terminal?: boolean;
  consoleSize?: { height: number; width: number };
  user?: { uid: number; gid: number; additionalGids?: readonly number[]; umask?: number };
  args?: readonly string[];
  env?: readonly string[];
  cwd?: string;
  noNewPrivileges?: boolean;
  capabilities?: Record<string, readonly string[]>;
  [other: string]: unknown;
}

export interface RuntimeConfig {
  process?: ProcessConfig;
  [other: string]: unknown;
}

interface Source {
  readonly source?: string;
}

/** Numbers beyond 2^53 (RLIM_INFINITY) keep their digits: they come back as raw JSON. */
function keepLargeNumbers(_key: string, value: unknown, context?: Source): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return context?.source === undefined ? value : rawJson(context.source);
}

function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
}

/** Parses a JSON object without losing digits; invalid-argument for anything else. */
export function parseConfig<T extends object>(bytes: Uint8Array, what: string): T {
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
    const value: unknown = JSON.parse(text, keepLargeNumbers);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as T;
  } catch (cause) {
    throw new InvalidArgumentError(`${what} is not JSON`, { cause });
  }
  throw new InvalidArgumentError(`${what} is not a JSON object`);
}

/** The process with that user, and HOME in its environment unless it has one. */
export function withUser(process: ProcessConfig, user: ResolvedUser): ProcessConfig {
  const env = process.env ?? [];
  const hasHome = env.some((entry) => entry.startsWith('HOME='));
  return {
    ...process,
    env: hasHome ? env : [...env, `HOME=${user.home}`],
    user: { ...process.user, uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
    ...heldBy(user.uid, process.capabilities),
  };
}

/** As after execve(2): only root holds what the bounding set allows (capabilities(7)). The runtimes would let any user keep it. */
function heldBy(
  uid: number,
  capabilities: ProcessConfig['capabilities'],
): Pick<ProcessConfig, 'capabilities'> {
  if (capabilities === undefined) return {};
  return {
    capabilities: uid === 0 ? capabilities : { ...capabilities, effective: [], permitted: [] },
  };
}

/** `more` after `base`, where a later value of a name replaces the earlier one. `NAME` alone takes the name away. */
export function mergeEnv(base: readonly string[], more: readonly string[]): string[] {
  const merged = new Map<string, string>();
  for (const entry of [...base, ...more]) {
    const equals = entry.indexOf('=');
    if (equals < 0) merged.delete(entry);
    else merged.set(entry.slice(0, equals), entry);
  }
  return [...merged.values()];
}
