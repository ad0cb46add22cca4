import { entry } from './entry.js';

/** Below `builder`. */
export const builderCommands = [
  entry(
    'builder cache-mount export',
    'Save the content of a cache mount as a tar archive (streamed to STDOUT by default)',
    () => import('../commands/builder/cache-mount/export.js'),
  ),
  entry(
    'builder cache-mount import',
    'Put the content of a tar archive in place of what a cache mount holds',
    () => import('../commands/builder/cache-mount/import.js'),
  ),
  entry(
    'builder cache-mount ls, builder cache-mount list',
    'List what RUN --mount=type=cache has kept',
    () => import('../commands/builder/cache-mount/ls.js'),
  ),
  entry(
    'builder du',
    'Show the disk usage of the build cache',
    () => import('../commands/builder/du.js'),
  ),
  entry(
    'builder explain',
    'Say why steps of a build were not in the cache, and what their cache keys are made of',
    () => import('../commands/builder/explain.js'),
  ),
  entry(
    'builder inspect, builder history inspect',
    'Display what is known of a build',
    () => import('../commands/builder/inspect.js'),
  ),
  entry(
    'builder logs, builder history logs',
    'Print what the steps of a build have written',
    () => import('../commands/builder/logs.js'),
  ),
  entry(
    'builder ls, builder list, builder history ls',
    'List builds, the latest first',
    () => import('../commands/builder/ls.js'),
  ),
  entry('builder prune', 'Remove build cache', () => import('../commands/builder/prune.js')),
  entry(
    'builder rm, builder remove, builder history rm',
    'Forget builds; their images and their cache stay',
    () => import('../commands/builder/rm.js'),
  ),
];
