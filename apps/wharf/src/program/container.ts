import { entry } from './entry.js';

/** Below `container`, and by their short names. */
export const containerCommands = [
  entry(
    'container attach, attach',
    'Attach local standard input, output, and error streams to a running container',
    () => import('../commands/container/attach.js'),
  ),
  entry(
    'container commit, commit',
    "Create a new image from a container's changes",
    () => import('../commands/container/commit.js'),
  ),
  entry(
    'container cp, cp',
    'Copy files/folders between a container and the local filesystem',
    () => import('../commands/container/cp.js'),
  ),
  entry(
    'container create, create',
    'Create a new container',
    () => import('../commands/container/create.js'),
  ),
  entry(
    'container diff, diff',
    "Inspect changes to files or directories on a container's filesystem",
    () => import('../commands/container/diff.js'),
  ),
  entry(
    'container export, export',
    "Export a container's filesystem as a tar archive",
    () => import('../commands/container/export.js'),
  ),
  entry(
    'container inspect',
    'Display detailed information on one or more containers',
    () => import('../commands/container/inspect.js'),
  ),
  entry(
    'container kill, kill',
    'Kill one or more running containers',
    () => import('../commands/container/kill.js'),
  ),
  entry(
    'container logs, logs',
    'Fetch the logs of a container',
    () => import('../commands/container/logs.js'),
  ),
  entry(
    'container pause, pause',
    'Pause all processes within one or more containers',
    () => import('../commands/container/pause.js'),
  ),
  entry(
    'container port, port',
    'List port mappings or a specific mapping for the container',
    () => import('../commands/container/port.js'),
  ),
  entry(
    'container rename, rename',
    'Rename a container',
    () => import('../commands/container/rename.js'),
  ),
  entry(
    'container restart, restart',
    'Restart one or more containers',
    () => import('../commands/container/restart.js'),
  ),
  entry(
    'container rm, container remove, rm',
    'Remove one or more containers',
    () => import('../commands/container/rm.js'),
  ),
  entry(
    'container start, start',
    'Start one or more stopped containers',
    () => import('../commands/container/start.js'),
  ),
  entry(
    'container stats, stats',
    'Display a live stream of container(s) resource usage statistics',
    () => import('../commands/container/stats.js'),
  ),
  entry(
    'container stop, stop',
    'Stop one or more running containers',
    () => import('../commands/container/stop.js'),
  ),
  entry(
    'container top, top',
    'Display the running processes of a container',
    () => import('../commands/container/top.js'),
  ),
  entry(
    'container unpause, unpause',
    'Unpause all processes within one or more containers',
    () => import('../commands/container/unpause.js'),
  ),
  entry(
    'container wait, wait',
    'Block until one or more containers stop, then print their exit codes',
    () => import('../commands/container/wait.js'),
  ),
];
