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
  { path: ['builder'], summary: 'Manage builds' },
  { path: ['builder', 'history'], summary: 'Work on the record of builds' },
  { path: ['builder', 'cache-mount'], summary: 'Manage what cache mounts of builds hold' },
  { path: ['container'], summary: 'Manage containers' },
  { path: ['context'], summary: 'Manage contexts' },
  { path: ['image'], summary: 'Manage images' },
  { path: ['manifest'], summary: 'Manage image manifests and manifest lists' },
  { path: ['network'], summary: 'Manage networks' },
  { path: ['system'], summary: 'Manage Wharf' },
  { path: ['volume'], summary: 'Manage volumes' },
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
    'image build, build, builder build',
    'Build an image from a Dockerfile',
    () => import('./commands/image-build/build.js'),
    common,
  ),
  entry(
    'image pull, pull',
    'Download an image from a registry',
    () => import('./commands/image/pull.js'),
    common,
  ),
  entry(
    'image push, push',
    'Upload an image to a registry',
    () => import('./commands/image/push.js'),
    common,
  ),
  entry(
    'image ls, image list, images',
    'List images',
    () => import('./commands/image/ls.js'),
    common,
  ),
  entry(
    'login',
    'Authenticate to a registry',
    () => import('./commands/registry/login.js'),
    common,
  ),
  entry('logout', 'Log out from a registry', () => import('./commands/registry/logout.js'), common),
  entry(
    'search',
    'Search a registry for images',
    () => import('./commands/registry/search.js'),
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
    'builder cache-mount export',
    'Save the content of a cache mount as a tar archive (streamed to STDOUT by default)',
    () => import('./commands/builder/cache-mount/export.js'),
  ),
  entry(
    'builder cache-mount import',
    'Put the content of a tar archive in place of what a cache mount holds',
    () => import('./commands/builder/cache-mount/import.js'),
  ),
  entry(
    'builder cache-mount ls, builder cache-mount list',
    'List what RUN --mount=type=cache has kept',
    () => import('./commands/builder/cache-mount/ls.js'),
  ),
  entry(
    'builder du',
    'Show the disk usage of the build cache',
    () => import('./commands/builder/du.js'),
  ),
  entry(
    'builder explain',
    'Say why steps of a build were not in the cache, and what their cache keys are made of',
    () => import('./commands/builder/explain.js'),
  ),
  entry(
    'builder inspect, builder history inspect',
    'Display what is known of a build',
    () => import('./commands/builder/inspect.js'),
  ),
  entry(
    'builder logs, builder history logs',
    'Print what the steps of a build have written',
    () => import('./commands/builder/logs.js'),
  ),
  entry(
    'builder ls, builder list, builder history ls',
    'List builds, the latest first',
    () => import('./commands/builder/ls.js'),
  ),
  entry('builder prune', 'Remove build cache', () => import('./commands/builder/prune.js')),
  entry(
    'builder rm, builder remove, builder history rm',
    'Forget builds; their images and their cache stay',
    () => import('./commands/builder/rm.js'),
  ),
  entry(
    'container attach, attach',
    'Attach local standard input, output, and error streams to a running container',
    () => import('./commands/container/attach.js'),
  ),
  entry(
    'container commit, commit',
    "Create a new image from a container's changes",
    () => import('./commands/container/commit.js'),
  ),
  entry(
    'container cp, cp',
    'Copy files/folders between a container and the local filesystem',
    () => import('./commands/container/cp.js'),
  ),
  entry(
    'container create, create',
    'Create a new container',
    () => import('./commands/container/create.js'),
  ),
  entry(
    'container diff, diff',
    "Inspect changes to files or directories on a container's filesystem",
    () => import('./commands/container/diff.js'),
  ),
  entry(
    'container export, export',
    "Export a container's filesystem as a tar archive",
    () => import('./commands/container/export.js'),
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
    'container port, port',
    'List port mappings or a specific mapping for the container',
    () => import('./commands/container/port.js'),
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
    'image convert',
    'Make an image anew with other compression of its layers',
    () => import('./commands/image/convert.js'),
  ),
  entry(
    'image copy',
    'Copy an image from registry to registry without pulling it',
    () => import('./commands/image/copy.js'),
  ),
  entry(
    'image diff',
    'Show which files differ between two images',
    () => import('./commands/image/diff.js'),
  ),
  entry(
    'image exists',
    'Tell by the exit code whether an image is here',
    () => import('./commands/image/exists.js'),
  ),
  entry(
    'image history, history',
    'Show the history of an image',
    () => import('./commands/image/history.js'),
  ),
  entry(
    'image import, import',
    'Import the contents from a tarball to create a filesystem image',
    () => import('./commands/image/import.js'),
  ),
  entry(
    'image inspect',
    'Display detailed information on one or more images',
    () => import('./commands/image/inspect.js'),
  ),
  entry(
    'image load, load',
    'Load an image from a tar archive or STDIN',
    () => import('./commands/image/load.js'),
  ),
  entry(
    'image mount',
    'Mount the root filesystem of images, or list those that are mounted',
    () => import('./commands/image/mount.js'),
  ),
  entry('image prune', 'Remove unused images', () => import('./commands/image/prune.js')),
  entry(
    'image rm, image remove, rmi',
    'Remove one or more images',
    () => import('./commands/image/rm.js'),
  ),
  entry(
    'image save, save',
    'Save one or more images to a tar archive (streamed to STDOUT by default)',
    () => import('./commands/image/save.js'),
  ),
  entry(
    'image send',
    'Send an image to the daemon of another context, without a registry',
    () => import('./commands/image/send.js'),
  ),
  entry(
    'image tag, tag',
    'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
    () => import('./commands/image/tag.js'),
  ),
  entry(
    'image tree',
    'Show which layers images are made of and which they share',
    () => import('./commands/image/tree.js'),
  ),
  entry(
    'image umount, image unmount',
    'Unmount the root filesystem of images',
    () => import('./commands/image/umount.js'),
  ),
  entry(
    'image verify',
    'Hash everything that images consist of again',
    () => import('./commands/image/verify.js'),
  ),
  entry(
    'inspect',
    'Return low-level information on Wharf objects',
    () => import('./commands/system/inspect.js'),
  ),
  entry(
    'manifest annotate',
    'Add additional information to a local image manifest',
    () => import('./commands/manifest/annotate.js'),
  ),
  entry(
    'manifest create',
    'Create a local manifest list for annotating and pushing to a registry',
    () => import('./commands/manifest/create.js'),
  ),
  entry(
    'manifest inspect',
    'Display an image manifest, or manifest list',
    () => import('./commands/manifest/inspect.js'),
  ),
  entry(
    'manifest push',
    'Push a manifest list to a repository',
    () => import('./commands/manifest/push.js'),
  ),
  entry(
    'manifest rm',
    'Delete one or more manifest lists from local storage',
    () => import('./commands/manifest/rm.js'),
  ),
  entry(
    'network connect',
    'Connect a container to a network',
    () => import('./commands/network/connect.js'),
  ),
  entry('network create', 'Create a network', () => import('./commands/network/create.js')),
  entry(
    'network disconnect',
    'Disconnect a container from a network',
    () => import('./commands/network/disconnect.js'),
  ),
  entry(
    'network inspect',
    'Display detailed information on one or more networks',
    () => import('./commands/network/inspect.js'),
  ),
  entry('network ls, network list', 'List networks', () => import('./commands/network/ls.js')),
  entry('network prune', 'Remove all unused networks', () => import('./commands/network/prune.js')),
  entry(
    'network rm, network remove',
    'Remove one or more networks',
    () => import('./commands/network/rm.js'),
  ),
  entry(
    'network update',
    'Change the upstream servers of names of a network, also of running containers',
    () => import('./commands/network/update.js'),
  ),
  entry('system df', 'Show disk usage of the daemon', () => import('./commands/system/df.js')),
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
  entry(
    'volume clone',
    'Make a new volume with the same content',
    () => import('./commands/volume/clone.js'),
  ),
  entry('volume create', 'Create a volume', () => import('./commands/volume/create.js')),
  entry(
    'volume export',
    'Export the content of a volume as a tar archive',
    () => import('./commands/volume/export.js'),
  ),
  entry(
    'volume import',
    'Unpack a tar archive into a volume, which is made if it is missing',
    () => import('./commands/volume/import.js'),
  ),
  entry(
    'volume inspect',
    'Display detailed information on one or more volumes',
    () => import('./commands/volume/inspect.js'),
  ),
  entry('volume ls, volume list', 'List volumes', () => import('./commands/volume/ls.js')),
  entry('volume prune', 'Remove unused local volumes', () => import('./commands/volume/prune.js')),
  entry(
    'volume rename',
    'Give a volume that no container uses another name',
    () => import('./commands/volume/rename.js'),
  ),
  entry(
    'volume rm, volume remove',
    'Remove one or more volumes',
    () => import('./commands/volume/rm.js'),
  ),
  entry(
    'volume rollback',
    'Make the content of a volume what it was at a snapshot',
    () => import('./commands/volume/rollback.js'),
  ),
  entry(
    'volume send',
    'Make a volume of another context equal to one here; only changed files travel',
    () => import('./commands/volume/send.js'),
  ),
  entry(
    'volume snapshot',
    'Keep the state of a volume under a name, to roll back to',
    () => import('./commands/volume/snapshot.js'),
  ),
  entry(
    'volume update',
    'Change the labels of a volume',
    () => import('./commands/volume/update.js'),
  ),
];
