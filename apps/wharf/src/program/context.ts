import { entry } from './entry.js';

/** Below `context`. */
export const contextCommands = [
  entry('context create', 'Create a context', () => import('../commands/context/create.js')),
  entry(
    'context export',
    'Export a context to a tar archive FILE or a tar stream on STDOUT.',
    () => import('../commands/context/export.js'),
  ),
  entry(
    'context import',
    'Import a context from a tar file',
    () => import('../commands/context/import.js'),
  ),
  entry(
    'context inspect',
    'Display detailed information on one or more contexts',
    () => import('../commands/context/inspect.js'),
  ),
  entry('context ls, context list', 'List contexts', () => import('../commands/context/ls.js')),
  entry(
    'context rm, context remove',
    'Remove one or more contexts',
    () => import('../commands/context/rm.js'),
  ),
  entry(
    'context show',
    'Print the name of the current context',
    () => import('../commands/context/show.js'),
  ),
  entry('context update', 'Update a context', () => import('../commands/context/update.js')),
  entry('context use', 'Set the current context', () => import('../commands/context/use.js')),
];
