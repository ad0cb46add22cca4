import type { PackPort } from '@wharf/engine';
import { createPacker } from '@wharf/linux';

/** The engine's port over the Linux packer; its jobs run in the worker that also unpacks. */
export function packPort(native: string, workerUrl: URL): PackPort & AsyncDisposable {
  return createPacker({ native, workerUrl });
}
