import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RuntimeCommand } from '@wharf/api/shim';
import type { Native } from '@wharf/linux/native';
import { mountMemory } from '../rootfs/memory.js';

/**
 * A directory in memory that nobody outside of our mount namespace sees, for configurations with secrets in their
 * environment (R20). It goes with the namespace.
 */
export function openMemory(native: Native, bundle: string): string {
  const directory = join(bundle, 'memory');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  mountMemory(native, directory, 'mode=700,size=64m');
  return directory;
}

/** The runtime with what it keeps of containers, which is a copy of their configuration too, in another directory. */
export function keepingIn(runtime: RuntimeCommand, directory: string): RuntimeCommand {
  const at = runtime.globalArgs.indexOf('--root');
  if (at < 0) return { ...runtime, globalArgs: [...runtime.globalArgs, '--root', directory] };
  return { ...runtime, globalArgs: runtime.globalArgs.with(at + 1, directory) };
}
