import { entry } from './entry.js';

/** Below `volume`. */
export const volumeCommands = [
  entry(
    'volume clone',
    'Make a new volume with the same content',
    () => import('../commands/volume/clone.js'),
  ),
  entry('volume create', 'Create a volume', () => import('../commands/volume/create.js')),
  entry(
    'volume export',
    'Export the content of a volume as a tar archive',
    () => import('../commands/volume/export.js'),
  ),
  entry(
    'volume import',
    'Unpack a tar archive into a volume, which is made if it is missing',
    () => import('../commands/volume/import.js'),
  ),
  entry(
    'volume inspect',
    'Display detailed information on one or more volumes',
    () => import('../commands/volume/inspect.js'),
  ),
  entry('volume ls, volume list', 'List volumes', () => import('../commands/volume/ls.js')),
  entry('volume prune', 'Remove unused local volumes', () => import('../commands/volume/prune.js')),
  entry(
    'volume rename',
    'Give a volume that no container uses another name',
    () => import('../commands/volume/rename.js'),
  ),
  entry(
    'volume rm, volume remove',
    'Remove one or more volumes',
    () => import('../commands/volume/rm.js'),
  ),
  entry(
    'volume rollback',
    'Make the content of a volume what it was at a snapshot',
    () => import('../commands/volume/rollback.js'),
  ),
  entry(
    'volume send',
    'Make a volume of another context equal to one here; only changed files travel',
    () => import('../commands/volume/send.js'),
  ),
  entry(
    'volume snapshot',
    'Keep the state of a volume under a name, to roll back to',
    () => import('../commands/volume/snapshot.js'),
  ),
  entry(
    'volume update',
    'Change the labels of a volume',
    () => import('../commands/volume/update.js'),
  ),
];
