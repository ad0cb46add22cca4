import { entry } from './entry.js';

/** Below `image`, and by their short names. */
export const imageCommands = [
  entry(
    'image bootstrap',
    'Make a base image from this machine, without any registry',
    () => import('../commands/image/bootstrap.js'),
  ),
  entry(
    'image convert',
    'Make an image anew with other compression of its layers',
    () => import('../commands/image/convert.js'),
  ),
  entry(
    'image copy',
    'Copy an image from registry to registry without pulling it',
    () => import('../commands/image/copy.js'),
  ),
  entry(
    'image diff',
    'Show which files differ between two images',
    () => import('../commands/image/diff.js'),
  ),
  entry(
    'image exists',
    'Tell by the exit code whether an image is here',
    () => import('../commands/image/exists.js'),
  ),
  entry(
    'image history, history',
    'Show the history of an image',
    () => import('../commands/image/history.js'),
  ),
  entry(
    'image import, import',
    'Import the contents from a tarball to create a filesystem image',
    () => import('../commands/image/import.js'),
  ),
  entry(
    'image inspect',
    'Display detailed information on one or more images',
    () => import('../commands/image/inspect.js'),
  ),
  entry(
    'image load, load',
    'Load an image from a tar archive or STDIN',
    () => import('../commands/image/load.js'),
  ),
  entry(
    'image mount',
    'Mount the root filesystem of images, or list those that are mounted',
    () => import('../commands/image/mount.js'),
  ),
  entry('image prune', 'Remove unused images', () => import('../commands/image/prune.js')),
  entry(
    'image rm, image remove, rmi',
    'Remove one or more images',
    () => import('../commands/image/rm.js'),
  ),
  entry(
    'image save, save',
    'Save one or more images to a tar archive (streamed to STDOUT by default)',
    () => import('../commands/image/save.js'),
  ),
  entry(
    'image send',
    'Send an image to the daemon of another context, without a registry',
    () => import('../commands/image/send.js'),
  ),
  entry(
    'image tag, tag',
    'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
    () => import('../commands/image/tag.js'),
  ),
  entry(
    'image tree',
    'Show which layers images are made of and which they share',
    () => import('../commands/image/tree.js'),
  ),
  entry(
    'image umount, image unmount',
    'Unmount the root filesystem of images',
    () => import('../commands/image/umount.js'),
  ),
  entry(
    'image verify',
    'Hash everything that images consist of again',
    () => import('../commands/image/verify.js'),
  ),
];
