import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startDaemon, tempDir } from '@wharf/testing';
import { freePort } from './port.js';
import { outcome } from './samples.js';
import type { Outcome } from './samples.js';

/** A wharfd of its own that is a registry to push to; disposing fails if the host still holds anything of it. */
export interface WritableWharfd extends AsyncDisposable {
  /** host:port of the registry. */
  readonly address: string;
  /** Runs a command of wharf there. */
  readonly cli: (...args: readonly string[]) => Promise<Outcome>;
}

export async function startWritableWharfd(): Promise<WritableWharfd> {
  await using undo = new AsyncDisposableStack();
  const folder = undo.use(await tempDir());
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(folder.path, 'wharfd.toml');
  await writeFile(config, `[serve-registry]\naddress = "${address}"\nwrite = true\n`);
  const daemon = undo.use(await startDaemon({ flags: ['--config-file', config] }));
  undo.defer(() => daemon.assertNoLeaks());
  const end = undo.move();
  return {
    address,
    cli: async (...args) => outcome(await daemon.wharf(args)),
    [Symbol.asyncDispose]: () => end.disposeAsync(),
  };
}
