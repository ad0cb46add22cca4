import type { CallOptions } from '@wharf/core';
import type { CliContext } from '../../context.js';

/** How long the removal of what could not start may take, in milliseconds. */
const patience = 10_000;

/** Starts a container; one of --rm that cannot be started has ended, and goes. */
export async function startCreated(
  context: CliContext,
  { id, autoRemove }: { readonly id: string; readonly autoRemove: boolean },
  { signal }: CallOptions,
): Promise<void> {
  const { containers } = await context.engine();
  try {
    await containers.start(id, { signal });
  } catch (thrown) {
    if (autoRemove) {
      const options = { force: true, volumes: true, signal: AbortSignal.timeout(patience) };
      // The daemon may have removed it already.
      await containers.remove(id, options).catch(() => undefined);
    }
    throw thrown;
  }
}
