import type { CacheRecord } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { escapeControls } from '../../format/escape.js';
import { formatRows } from '../../format/table.js';
import { agoText } from '../../format/status.js';
import { humanSize } from '../../format/units.js';
import { define } from '../define.js';
import { buildsOf } from '../image-build/builds-of.js';
import { filterFlag, parseFilters } from '../shared/filters.js';
import { formatFlag } from '../shared/format-flag.js';
import { cacheHeaders, cacheRow, isReclaimable } from './cache-row.js';

const { short: _, ...longFilter } = filterFlag;

export default define({
  path: ['builder', 'du'],
  summary: 'Show the disk usage of the build cache',
  flags: defineFlags({
    filter: { ...longFilter, description: 'Provide filter values (e.g. "type=layer")' },
    format: formatFlag,
    verbose: { type: 'bool', description: 'Show all that is known of each' },
  }),
  args: [],
  examples: [
    { text: 'What the build cache holds', command: 'wharf builder du' },
    { text: 'What cache mounts hold', command: 'wharf builder du --filter type=cache-mount' },
  ],
  async run(context, { filter, format, verbose }, _args, { signal }) {
    if (verbose && format !== '') {
      throw argumentError('the verbose and format options are mutually exclusive');
    }
    const builds = await buildsOf(context);
    const records = await builds.cache({ signal, filters: parseFilters(filter) });
    const { io } = context;
    const now = io.now();
    if (verbose) {
      io.stdout.write(records.map((record) => details(record, now)).join(''));
    } else {
      io.stdout.write(
        formatRows({
          format,
          defaultTable: '{{.ID}}\t{{.Reclaimable}}\t{{.Size}}\t{{.LastUsedSince}}',
          headers: cacheHeaders,
          typeName: '*formatter.buildCacheContext',
          rows: records.map((record) => cacheRow(record, now)),
        }),
      );
    }
    if (format === '') io.stdout.write(summary(records));
  },
});

function details(record: CacheRecord, now: Date): string {
  const rows: readonly (readonly [string, string])[] = [
    ['ID', record.id],
    ['Created at', record.createdAt.toISOString()],
    ['Reclaimable', String(isReclaimable(record))],
    ['In use', String(record.inUse)],
    ['Shared', String(record.shared)],
    ['Size', humanSize(record.size)],
    ['Description', record.description],
    ['Usage count', String(record.uses)],
    ['Last used', agoText(record.lastUsedAt, now)],
    ['Type', record.kind],
  ];
  return `${rows.map(([name, value]) => `${`${name}:`.padEnd(14)}${escapeControls(value)}\n`).join('')}\n`;
}

function summary(records: readonly CacheRecord[]): string {
  const sum = (chosen: readonly CacheRecord[]): string =>
    humanSize(chosen.reduce((total, { size }) => total + size, 0));
  const shared = records.filter((record) => record.shared);
  const rows = [
    ...(shared.length === 0
      ? []
      : [
          ['Shared:', sum(shared)],
          ['Private:', sum(records.filter((record) => !record.shared))],
        ]),
    ['Reclaimable:', sum(records.filter(isReclaimable))],
    ['Total:', sum(records)],
  ];
  return rows.map(([name = '', value = '']) => `${name.padEnd(14)}${value}\n`).join('');
}
