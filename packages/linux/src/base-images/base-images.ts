import { InvalidArgumentError } from '@wharf/core';
import type { BaseImageSource } from '@wharf/engine/ports';
import { makeBusyboxTar } from './busybox.js';
import { makeDebianTar } from './debian.js';

/** Root filesystems made from what the host has; no registry is asked. */
export function createBaseImages(): BaseImageSource {
  return {
    make(kind, tarPath, options) {
      if (kind === 'busybox') return makeBusyboxTar(tarPath, options);
      if (kind === 'debian') return makeDebianTar(tarPath, options);
      return Promise.reject(
        new InvalidArgumentError(`unknown base image "${kind}": busybox or debian`),
      );
    },
  };
}
