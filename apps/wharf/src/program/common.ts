import { entry } from './entry.js';

const common = { common: true };

/** Those that help shows first. */
export const commonCommands = [
  entry(
    'container run, run',
    'Create and run a new container from an image',
    () => import('../commands/container/run.js'),
    common,
  ),
  entry(
    'container exec, exec',
    'Execute a command in a running container',
    () => import('../commands/container/exec.js'),
    common,
  ),
  entry(
    'container ls, container list, container ps, ps',
    'List containers',
    () => import('../commands/container/ls.js'),
    common,
  ),
  entry(
    'image build, build, builder build',
    'Build an image from a Dockerfile',
    () => import('../commands/image-build/build.js'),
    common,
  ),
  entry(
    'image pull, pull',
    'Download an image from a registry',
    () => import('../commands/image/pull.js'),
    common,
  ),
  entry(
    'image push, push',
    'Upload an image to a registry',
    () => import('../commands/image/push.js'),
    common,
  ),
  entry(
    'image ls, image list, images',
    'List images',
    () => import('../commands/image/ls.js'),
    common,
  ),
  entry(
    'login',
    'Authenticate to a registry',
    () => import('../commands/registry/login.js'),
    common,
  ),
  entry(
    'logout',
    'Log out from a registry',
    () => import('../commands/registry/logout.js'),
    common,
  ),
  entry(
    'search',
    'Search a registry for images',
    () => import('../commands/registry/search.js'),
    common,
  ),
  entry(
    'version',
    'Show the Wharf version information',
    () => import('../commands/system/version.js'),
    common,
  ),
  entry(
    'system info, info',
    'Display system-wide information',
    () => import('../commands/system/info.js'),
    common,
  ),
];
