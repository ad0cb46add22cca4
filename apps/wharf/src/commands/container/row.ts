import { shortId, type Container } from '@wharf/core';
import { humanSize } from '../../format/units.js';
import { portsText } from '../../format/ports.js';
import { agoText, localTime, stateWord, statusText } from '../../format/status.js';
import { quote } from '../../format/template/quote.js';
import { ellipsis } from '../shared/human.js';

const commandWidth = 20;
const mountWidth = 15;

export interface RowOptions {
  readonly now: Date;
  readonly truncate: boolean;
}

/** Titles of the columns of `ps`. */
export const containerHeaders = {
  ID: 'CONTAINER ID',
  Image: 'IMAGE',
  Command: 'COMMAND',
  CreatedAt: 'CREATED AT',
  RunningFor: 'CREATED',
  Ports: 'PORTS',
  State: 'STATE',
  Status: 'STATUS',
  HealthStatus: 'HEALTH STATUS',
  Size: 'SIZE',
  Names: 'NAMES',
  Labels: 'LABELS',
  Mounts: 'MOUNTS',
  Networks: 'NETWORKS',
  LocalVolumes: 'LOCAL VOLUMES',
  Platform: 'PLATFORM',
};

/** A container as `ps` shows it. */
export function containerRow(container: Container, { now, truncate }: RowOptions): object {
  const { id, name, spec, resolved, state, createdAt, ports } = container;
  const labels = () =>
    Object.entries(resolved.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
  return {
    Command: () => commandText([...resolved.entrypoint, ...resolved.command], truncate),
    CreatedAt: () => localTime(createdAt),
    HealthStatus: () => ('health' in state ? (state.health?.status ?? '') : ''),
    ID: truncate ? shortId(id) : id,
    Image: truncate ? shortImage(spec.image) : spec.image,
    Labels: labels,
    LocalVolumes: () =>
      String(
        resolved.mounts.filter(({ driver, kind }) => kind === 'volume' && driver === 'local')
          .length,
      ),
    Mounts: () => resolved.mounts.map((mount) => mountText(mount, truncate)).join(','),
    Names: name,
    Networks: () => networksText(container),
    Platform: resolved.platform,
    Ports: () => (isUp(state) ? portsText(ports) : ''),
    RunningFor: () => agoText(createdAt, now),
    Size: () => sizeText(container),
    State: stateWord(state),
    Status: () => statusText(state, now),
    Label: (key: string) => resolved.labels[key] ?? '',
  };
}

/** Those that do not run have no ports, whatever they expose. */
function isUp({ status }: Container['state']): boolean {
  return status === 'running' || status === 'paused' || status === 'restarting';
}

function networksText({ networks, resolved }: Container): string {
  if (networks.length === 0) return resolved.networkMode;
  return networks
    .map(({ networkName }) => networkName)
    .sort()
    .join(',');
}

function commandText(words: readonly string[], truncate: boolean): string {
  const [path = '', ...args] = words;
  const command = [path, ...args.map((arg) => (arg.includes(' ') ? `'${arg}'` : arg))].join(' ');
  return quote(truncate ? ellipsis(command, commandWidth) : command, '');
}

/** An image that was named by its id is shown by the first digits of it. */
function shortImage(image: string): string {
  return /^(sha256:)?[0-9a-f]{64}$/.test(image) ? shortId(image) : image;
}

function mountText(
  { name, source }: { readonly name: string; readonly source: string },
  truncate: boolean,
): string {
  const text = name === '' ? source : name;
  return truncate ? ellipsis(text, mountWidth) : text;
}

function sizeText({ sizeRw = 0, sizeRootFs = 0 }: Container): string {
  const text = humanSize(sizeRw, 3);
  return sizeRootFs > 0 ? `${text} (virtual ${humanSize(sizeRootFs, 3)})` : text;
}
