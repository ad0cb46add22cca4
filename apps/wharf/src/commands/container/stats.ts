import { shortId, type ContainerStats } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { readClientConfig } from '../../client-config.js';
import { formatRows, isTable } from '../../format/table.js';
import { bytesSize, humanSize } from '../../format/units.js';
import { define } from '../define.js';
import { formatFlag } from '../shared/format-flag.js';

const columns =
  '{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}';
const headers = {
  ID: 'CONTAINER ID',
  Container: 'CONTAINER',
  Name: 'NAME',
  CPUPerc: 'CPU %',
  MemUsage: 'MEM USAGE / LIMIT',
  MemPerc: 'MEM %',
  NetIO: 'NET I/O',
  BlockIO: 'BLOCK I/O',
  PIDs: 'PIDS',
};
const toTop = '\x1b[H';
const eraseLine = '\x1b[K';
const eraseBelow = '\x1b[J';

export default define({
  path: ['container', 'stats'],
  aliases: [['stats']],
  summary: 'Display a live stream of container(s) resource usage statistics',
  usage: '[OPTIONS] [CONTAINER...]',
  flags: defineFlags({
    all: {
      type: 'bool',
      short: 'a',
      description: 'Show all containers (default shows just running)',
    },
    format: formatFlag,
    'no-stream': {
      type: 'bool',
      description: 'Disable streaming stats and only pull the first result',
    },
    'no-trunc': { type: 'bool', description: 'Do not truncate output' },
  }),
  args: [{ name: 'CONTAINER', optional: true, multiple: true, complete: 'container' }],
  examples: [{ text: 'Once, as JSON', command: 'wharf stats --no-stream --format json web' }],
  async run(context, flags, names, { signal }) {
    const { stdout } = context.io;
    const { containers } = await context.engine();
    const config = flags.format === '' ? await readClientConfig(context.configDirectory) : {};
    const format = flags.format === '' ? (config.statsFormat ?? '') : flags.format;
    const refs =
      flags.all && names.length === 0
        ? (await containers.list({ signal, all: true })).map(({ id }) => id)
        : names;
    const once = flags.noStream;
    const before = new Map<string, ContainerStats>();
    const redraw = !once && isTable(format) && stdout.isTTY;
    if (redraw) stdout.write('\x1b[2J');
    for await (const samples of containers.stats(refs, { signal })) {
      const first = before.size === 0;
      const rows = samples.map((sample) => statsRow(sample, before.get(sample.id), flags.noTrunc));
      for (const sample of samples) before.set(sample.id, sample);
      // The share of the processors is of the time between two samples.
      if (once && first && samples.length > 0) continue;
      const typeName = '*formatter.statsContext';
      const text = formatRows({ format, defaultTable: columns, headers, typeName, rows });
      stdout.write(redraw ? toTop + text.replaceAll('\n', `${eraseLine}\n`) + eraseBelow : text);
      if (once) return;
    }
  },
});

function statsRow(now: ContainerStats, before: ContainerStats | undefined, full: boolean): object {
  const { id, name, memoryUsage, memoryLimit } = now;
  const share = memoryLimit === 0n ? 0 : (Number(memoryUsage) / Number(memoryLimit)) * 100;
  return {
    BlockIO: amounts(now.blockRead, now.blockWrite),
    CPUPerc: `${cpuShare(now, before).toFixed(2)}%`,
    Container: full ? id : shortId(id),
    ID: full ? id : shortId(id),
    MemPerc: `${share.toFixed(2)}%`,
    MemUsage: `${bytesSize(Number(memoryUsage))} / ${bytesSize(Number(memoryLimit))}`,
    Name: name,
    NetIO: amounts(now.networkReceive, now.networkTransmit),
    PIDs: String(now.pids),
  };
}

function amounts(first: bigint, second: bigint): string {
  return `${humanSize(Number(first), 3)} / ${humanSize(Number(second), 3)}`;
}

/** Per cent of one processor since the sample before: both counters are of the same span of time. */
function cpuShare(now: ContainerStats, before: ContainerStats | undefined): number {
  if (before === undefined) return 0;
  const used = Number(now.cpuUsageNanos - before.cpuUsageNanos);
  const system = Number(now.systemCpuNanos - before.systemCpuNanos);
  return system > 0 && used > 0 ? (used / system) * now.onlineCpus * 100 : 0;
}
