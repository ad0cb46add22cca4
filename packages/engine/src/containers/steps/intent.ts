import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { ProcessIdentity } from '@wharf/core';
import { decodeRecord, encodeRecord } from '../../state/json.js';
import type { StepPaths } from './context.js';

/** What of a step cannot be found out by its id alone. */
export interface Intent {
  readonly cgroupPath: string;
  readonly runtime: string;
  /** Once there is one. */
  readonly shim?: ProcessIdentity;
}

/** Not synced: what it tells of is gone as well when the machine has ended. */
export async function writeIntent(paths: StepPaths, intent: Intent): Promise<void> {
  await mkdir(paths.directory, { recursive: true, mode: 0o700 });
  await writeFile(paths.intent, encodeRecord(intent), { mode: 0o600 });
}

/** undefined for a step whose intent was never written whole: then nothing of it is in the kernel. */
export async function readIntent(paths: StepPaths): Promise<Intent | undefined> {
  try {
    const intent = decodeRecord<Partial<Intent>>(await readFile(paths.intent, 'utf8'));
    const { cgroupPath, runtime } = intent;
    if (typeof cgroupPath !== 'string' || typeof runtime !== 'string') return undefined;
    return { ...intent, cgroupPath, runtime };
  } catch {
    return undefined;
  }
}
