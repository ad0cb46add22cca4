import type { Volume } from '@wharf/core';
import { humanSize } from '../../format/units.js';

/** Titles of the columns of `volume ls`. */
export const volumeHeaders = {
  Availability: 'AVAILABILITY',
  Driver: 'DRIVER',
  Group: 'GROUP',
  Labels: 'LABELS',
  Links: 'LINKS',
  Mountpoint: 'MOUNTPOINT',
  Name: 'VOLUME NAME',
  Scope: 'SCOPE',
  Size: 'SIZE',
  Status: 'STATUS',
};

const unknown = 'N/A';

/** A volume as `volume ls` shows it; size and links are known when they were asked for. */
export function volumeRow({ labels, size, usedBy, ...volume }: Volume): object {
  return {
    Availability: unknown,
    Driver: volume.driver,
    Group: unknown,
    Labels: () =>
      Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
    Links: size === undefined ? unknown : String(usedBy.length),
    Mountpoint: volume.mountpoint,
    Name: volume.name,
    Scope: volume.scope,
    Size: size === undefined ? unknown : humanSize(size),
    Status: unknown,
    Label: (key: string) => labels[key] ?? '',
  };
}
