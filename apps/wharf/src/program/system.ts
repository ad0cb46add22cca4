import { entry } from './entry.js';

/** Below `system`, and by their short names. */
export const systemCommands = [
  entry('system df', 'Show disk usage of the daemon', () => import('../commands/system/df.js')),
  entry(
    'system events, events',
    'Get real time events from the server',
    () => import('../commands/system/events.js'),
  ),
  entry(
    'system ping, ping',
    'Check that the daemon answers',
    () => import('../commands/system/ping.js'),
  ),
];
