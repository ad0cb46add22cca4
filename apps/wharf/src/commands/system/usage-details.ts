import type { DiskUsage } from '@wharf/core';
import { formatRows, type RowsOptions } from '../../format/table.js';
import { humanSize } from '../../format/units.js';
import { containerHeaders, containerRow } from '../container/row.js';
import { imageHeaders, imageRows } from '../image/row.js';

const imageColumns =
  '{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}';
const containerColumns =
  '{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}';

/** The tables of `system df -v`. */
export function usageDetails(usage: DiskUsage, now: Date): string {
  const { images, containers, volumes } = usage;
  const seen = { now, truncate: true };
  const imageTable = table(
    imageColumns,
    imageHeaders,
    images.flatMap((image) => imageRows(image, { ...seen, digests: false })),
  );
  const containerTable = table(
    containerColumns,
    containerHeaders,
    containers.map((container) => ({
      ...containerRow(container, seen),
      Size: humanSize(container.sizeRw ?? 0, 3),
    })),
  );
  const volumeTable = table(
    '{{.Name}}\t{{.Links}}\t{{.Size}}',
    { Name: 'VOLUME NAME', Links: 'LINKS', Size: 'SIZE' },
    volumes.map(({ name, links, size }) => ({
      Links: String(links),
      Name: name,
      Size: humanSize(size, 3),
    })),
  );
  return (
    `Images space usage:\n\n${imageTable}\n` +
    `Containers space usage:\n\n${containerTable}\n` +
    `Local Volumes space usage:\n\n${volumeTable}\n` +
    'Build cache usage: 0B\n'
  );
}

function table(
  defaultTable: string,
  headers: RowsOptions['headers'],
  rows: readonly object[],
): string {
  return formatRows({ format: '', defaultTable, headers, typeName: '*formatter.diskUsage', rows });
}
