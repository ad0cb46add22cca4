/**
 * Of an overlay whose upper directory becomes a layer: it is whole by itself, whatever the kernel's defaults are. Volatile: neither
 * fsync(2) nor the unmount waits for the disk, which would be for the whole file system below; who keeps the layer syncs it. The
 * work directory serves no other mount after it (Documentation/filesystems/overlayfs.rst, "Volatile mount").
 */
export const layerOptions: readonly string[] = [
  'metacopy=off',
  'redirect_dir=off',
  'index=off',
  'volatile',
];
