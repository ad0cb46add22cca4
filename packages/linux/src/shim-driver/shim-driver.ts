import type { Closable } from '@wharf/core';
import type { TaskPort } from '@wharf/engine/ports';
import { isProcessAlive } from '@wharf/linux/native';
import { cleanUpRemains } from './clean-up.js';
import { connectShim } from './connect.js';
import { readJournalFile } from './journal.js';
import { createMigrationPrimer } from './migration-primer.js';
import type { ShimDriverOptions } from './options.js';
import { ShimReserve } from './reserve.js';
import { ShimTask } from './task.js';

/** Closing it ends the idle shim that it keeps; those with containers stay. */
export type ShimDriver = TaskPort & Closable;

/** The engine's port to shims: one process of wharf-shim per container, spoken to over `<bundle>/shim.sock`. */
export function createShimDriver(given: ShimDriverOptions): ShimDriver {
  const primeMigration = createMigrationPrimer({ version: given.cgroupVersion });
  const options = { primeMigration, ...given };
  const reserve = new ShimReserve(options, given.reserveDirectory);
  return {
    startIsNear: () => options.primeMigration(),
    async spawn(_id, bundle, call) {
      options.primeMigration();
      const { identity, connection } = await reserve.take(bundle, call);
      return new ShimTask(identity, bundle, connection, options);
    },
    close: () => reserve.close(),
    connect: (_id, bundle, shim, call) => connectShim(options, bundle, shim, call),
    readJournal: readJournalFile,
    cleanUp: (id, { signal, ...remains }) =>
      cleanUpRemains(options, { id, ...remains }, { signal }),
    isAlive: (identity) => isProcessAlive(identity, options.bootId),
  };
}
