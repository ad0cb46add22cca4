import type { CommandEntry, ManagementEntry } from './argv/index.js';
import type { CliContext } from './context.js';

type Load = CommandEntry<CliContext>['load'];
type More = Partial<Pick<CommandEntry<CliContext>, 'common' | 'hidden'>>;

/** Names are separated by commas, the first is the command's own: `container ls, ps`. */
function entry(
  names: string,
  summary: string,
  load: Load,
  more: More = {},
): CommandEntry<CliContext> {
  const [path = [], ...aliases] = names.split(', ').map((name) => name.split(' '));
  return { path, aliases, summary, load, ...more };
}

const common = { common: true };

export const management: readonly ManagementEntry[] = [
  { path: ['container'], summary: 'Manage containers' },
  { path: ['context'], summary: 'Manage contexts' },
  { path: ['image'], summary: 'Manage images' },
  { path: ['system'], summary: 'Manage Wharf' },
];

/** Every command, none of them loaded. */
export const commands: readonly CommandEntry<CliContext>[] = [
  entry(
    'container run, run',
    'Create and run a new container from an image',
    () => import('./commands/container/run.js'),
    common,
  ),
  entry(
    'container ls, container list, container ps, ps',
    'List containers',
    () => import('./commands/container/ls.js'),
    common,
  ),
  entry(
    'image pull, pull',
    'Download an image from a registry',
    () => import('./commands/image/pull.js'),
    common,
  ),
  entry(
    'image ls, image list, images',
    'List images',
    () => import('./commands/image/ls.js'),
    common,
  ),
  entry(
    'version',
    'Show the Wharf version information',
    () => import('./commands/system/version.js'),
    common,
  ),
  entry(
    'container create, create',
    'Create a new container',
    () => import('./commands/container/create.js'),
  ),
  entry(
    'container rm, container remove, rm',
    'Remove one or more containers',
    () => import('./commands/container/rm.js'),
  ),
  entry(
    'image bootstrap',
    'Make a base image from this machine, without any registry',
    () => import('./commands/image/bootstrap.js'),
  ),
];
