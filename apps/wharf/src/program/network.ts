import { entry } from './entry.js';

/** Below `network`. */
export const networkCommands = [
  entry(
    'network connect',
    'Connect a container to a network',
    () => import('../commands/network/connect.js'),
  ),
  entry('network create', 'Create a network', () => import('../commands/network/create.js')),
  entry(
    'network disconnect',
    'Disconnect a container from a network',
    () => import('../commands/network/disconnect.js'),
  ),
  entry(
    'network inspect',
    'Display detailed information on one or more networks',
    () => import('../commands/network/inspect.js'),
  ),
  entry('network ls, network list', 'List networks', () => import('../commands/network/ls.js')),
  entry(
    'network prune',
    'Remove all unused networks',
    () => import('../commands/network/prune.js'),
  ),
  entry(
    'network rm, network remove',
    'Remove one or more networks',
    () => import('../commands/network/rm.js'),
  ),
  entry(
    'network update',
    'Change the upstream servers of names of a network, also of running containers',
    () => import('../commands/network/update.js'),
  ),
];
