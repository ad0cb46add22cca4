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
    'container exec, exec',
    'Execute a command in a running container',
    () => import('./commands/container/exec.js'),
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
    'system info, info',
    'Display system-wide information',
    () => import('./commands/system/info.js'),
    common,
  ),
  entry(
    'container attach, attach',
    'Attach local standard input, output, and error streams to a running container',
    () => import('./commands/container/attach.js'),
  ),
  entry(
    'container create, create',
    'Create a new container',
    () => import('./commands/container/create.js'),
  ),
  entry(
    'container inspect',
    'Display detailed information on one or more containers',
    () => import('./commands/container/inspect.js'),
  ),
  entry(
    'container kill, kill',
    'Kill one or more running containers',
    () => import('./commands/container/kill.js'),
  ),
  entry(
    'container logs, logs',
    'Fetch the logs of a container',
    () => import('./commands/container/logs.js'),
  ),
  entry(
    'container pause, pause',
    'Pause all processes within one or more containers',
    () => import('./commands/container/pause.js'),
  ),
  entry(
    'container rename, rename',
    'Rename a container',
    () => import('./commands/container/rename.js'),
  ),
  entry(
    'container restart, restart',
    'Restart one or more containers',
    () => import('./commands/container/restart.js'),
  ),
  entry(
    'container rm, container remove, rm',
    'Remove one or more containers',
    () => import('./commands/container/rm.js'),
  ),
  entry(
    'container start, start',
    'Start one or more stopped containers',
    () => import('./commands/container/start.js'),
  ),
  entry(
    'container stats, stats',
    'Display a live stream of container(s) resource usage statistics',
    () => import('./commands/container/stats.js'),
  ),
  entry(
    'container stop, stop',
    'Stop one or more running containers',
    () => import('./commands/container/stop.js'),
  ),
  entry(
    'container top, top',
    'Display the running processes of a container',
    () => import('./commands/container/top.js'),
  ),
  entry(
    'container unpause, unpause',
    'Unpause all processes within one or more containers',
    () => import('./commands/container/unpause.js'),
  ),
  entry(
    'container wait, wait',
    'Block until one or more containers stop, then print their exit codes',
    () => import('./commands/container/wait.js'),
  ),
  entry('context create', 'Create a context', () => import('./commands/context/create.js')),
  entry(
    'context export',
    'Export a context to a tar archive FILE or a tar stream on STDOUT.',
    () => import('./commands/context/export.js'),
  ),
  entry(
    'context import',
    'Import a context from a tar file',
    () => import('./commands/context/import.js'),
  ),
  entry(
    'context inspect',
    'Display detailed information on one or more contexts',
    () => import('./commands/context/inspect.js'),
  ),
  entry('context ls, context list', 'List contexts', () => import('./commands/context/ls.js')),
  entry(
    'context rm, context remove',
    'Remove one or more contexts',
    () => import('./commands/context/rm.js'),
  ),
  entry(
    'context show',
    'Print the name of the current context',
    () => import('./commands/context/show.js'),
  ),
  entry('context update', 'Update a context', () => import('./commands/context/update.js')),
  entry('context use', 'Set the current context', () => import('./commands/context/use.js')),
  entry(
    'image bootstrap',
    'Make a base image from this machine, without any registry',
    () => import('./commands/image/bootstrap.js'),
  ),
  entry(
    'image inspect',
    'Display detailed information on one or more images',
    () => import('./commands/image/inspect.js'),
  ),
  entry(
    'image rm, image remove, rmi',
    'Remove one or more images',
    () => import('./commands/image/rm.js'),
  ),
  entry(
    'image tag, tag',
    'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
    () => import('./commands/image/tag.js'),
  ),
  entry(
    'inspect',
    'Return low-level information on Wharf objects',
    () => import('./commands/system/inspect.js'),
  ),
  entry(
    'system events, events',
    'Get real time events from the server',
    () => import('./commands/system/events.js'),
  ),
  entry(
    'system ping, ping',
    'Check that the daemon answers',
    () => import('./commands/system/ping.js'),
  ),
];
