import type { TaskPort } from '@wharf/engine/ports';
import { isProcessAlive } from '@wharf/linux/native';
import { cleanUpRemains } from './clean-up.js';
import { connectShim } from './connect.js';
import { readJournalFile } from './journal.js';
import { createMigrationPrimer } from './migration-primer.js';
import type { ShimDriverOptions } from './options.js';
import { spawnShim } from './spawn.js';

/** The engine's port to shims: one process of wharf-shim per container, spoken to over `<bundle>/shim.sock`. */
export function createShimDriver(given: ShimDriverOptions): TaskPort {
  const options = {
    primeMigration: createMigrationPrimer({ version: given.cgroupVersion }),
    ...given,
  };
  return {
    spawn: (_id, bundle, call) => spawnShim(options, bundle, call),
    connect: (_id, bundle, shim, call) => connectShim(options, bundle, shim, call),
    readJournal: readJournalFile,
    cleanUp: (id, { signal, ...remains }) =>
      cleanUpRemains(options, { id, ...remains }, { signal }),
    isAlive: (identity) => isProcessAlive(identity, options.bootId),
  };
}
