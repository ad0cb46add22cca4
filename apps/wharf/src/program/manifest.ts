import { entry } from './entry.js';

/** Below `manifest`. */
export const manifestCommands = [
  entry(
    'manifest annotate',
    'Add additional information to a local image manifest',
    () => import('../commands/manifest/annotate.js'),
  ),
  entry(
    'manifest create',
    'Create a local manifest list for annotating and pushing to a registry',
    () => import('../commands/manifest/create.js'),
  ),
  entry(
    'manifest inspect',
    'Display an image manifest, or manifest list',
    () => import('../commands/manifest/inspect.js'),
  ),
  entry(
    'manifest push',
    'Push a manifest list to a repository',
    () => import('../commands/manifest/push.js'),
  ),
  entry(
    'manifest rm',
    'Delete one or more manifest lists from local storage',
    () => import('../commands/manifest/rm.js'),
  ),
];
