import type { PublishedPort } from '@wharf/core';
import { WharfError } from '@wharf/core';
import { argumentError } from '../../argv/usage-error.js';
import { compareNatural } from '../../format/natural.js';
import { hostText } from '../../format/ports.js';
import { define } from '../define.js';
import { parsePortRange } from '../spec/port-range.js';

export default define({
  path: ['container', 'port'],
  aliases: [['port']],
  summary: 'List port mappings or a specific mapping for the container',
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  flags: {},
  args: [
    { name: 'CONTAINER', complete: 'container' },
    { name: 'PRIVATE_PORT', optional: true },
  ],
  examples: [
    { text: 'All of them', command: 'wharf port web' },
    { text: 'Where one is reached', command: 'wharf port web 80' },
  ],
  async run(context, _flags, [name = '', wanted], { signal }) {
    const { containers } = await context.engine();
    const { ports } = await containers.get(name, { signal });
    const bound = ports.filter(({ hostPort }) => hostPort !== 0);
    const lines =
      wanted === undefined
        ? bound.map((port) => `${inside(port)} -> ${outside(port)}`)
        : bound.filter((port) => inside(port) === withProtocol(wanted)).map(outside);
    if (wanted !== undefined && lines.length === 0) throw notPublished(wanted, name);
    const sorted = [...new Set(lines)].sort(compareNatural);
    context.io.stdout.write(sorted.map((line) => `${line}\n`).join(''));
  },
});

function inside({ containerPort, protocol }: PublishedPort): string {
  return `${containerPort}/${protocol}`;
}

function outside({ hostAddress, hostPort }: PublishedPort): string {
  return hostText(hostAddress, String(hostPort));
}

function withProtocol(text: string): string {
  const [number = '', protocol = 'tcp'] = text.split('/');
  const range = parsePortRange(number);
  if (range === undefined || range.start !== range.end) {
    throw argumentError(`invalid port (${number}): write it like 80 or 80/udp`);
  }
  return `${range.start}/${protocol.toLowerCase()}`;
}

function notPublished(wanted: string, name: string): WharfError {
  return new WharfError('not-found', `no public port '${wanted}' published for ${name}`);
}
