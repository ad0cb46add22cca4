import { writeFile } from 'node:fs/promises';
import { InvalidArgumentError } from '@wharf/core';
import type { SourcesConfig } from '../config.js';
import type { Wire } from '../http/exchange.js';
import { getFollowing } from '../http/follow.js';
import { statusFailure } from '../http/status.js';
import { shownUrl } from '../fault.js';
import { placeOf } from '../net/dial.js';
import { trustedAuthorities } from '../net/trust.js';
import type { Settings } from './environment.js';
import { remoteText, shownRemote } from './remote.js';
import type { HttpRemote, Remote, SshRemote } from './remote.js';

/** How git reaches a remote that was checked: only at the addresses that were seen. */
export interface Connection {
  readonly url: string;
  /** For messages. */
  readonly shown: string;
  readonly settings: Settings;
  readonly env: Readonly<Record<string, string>>;
}

export interface ConnectionParts {
  readonly config: SourcesConfig;
  readonly wire: Wire;
  /** A directory of ours, for the time of the call. */
  readonly directory: string;
  readonly agentSocket: string | undefined;
}

/** @throws permission-denied when the host is private; of http also not-found and unauthenticated */
export function connect(
  remote: Remote,
  parts: ConnectionParts,
  signal: AbortSignal,
): Promise<Connection> {
  return remote.kind === 'http' ? overHttp(remote, parts, signal) : overSsh(remote, parts, signal);
}

const service = 'info/refs?service=git-upload-pack';

/**
 * Redirects are followed here, hop by hop, as git itself follows none: what redirects is the listing of references, and
 * where it ends the repository is (gitprotocol-http(5)).
 */
async function overHttp(
  remote: HttpRemote,
  { wire, config, directory }: ConnectionParts,
  signal: AbortSignal,
): Promise<Connection> {
  const asked = new URL(remote.url);
  asked.pathname = `${asked.pathname.replace(/\/$/, '')}/info/refs`;
  asked.search = '?service=git-upload-pack';
  const address = { url: asked, authorization: remote.authorization };
  const found = await getFollowing(address, { 'git-protocol': 'version=2' }, wire, signal);
  found.body.destroy();
  if (found.body.statusCode !== 200)
    throw statusFailure(found.body.statusCode ?? 0, remote.url, 'git repository');
  if (!found.url.href.endsWith(`/${service}`)) {
    throw new InvalidArgumentError(`${shownUrl(remote.url)} leads to what is no git repository`);
  }
  const url = found.url.href.slice(0, -service.length - 1);
  const { origin } = found.url;
  const settings: Settings[number][] = [
    ['http.userAgent', wire.userAgent],
    ['http.lowSpeedLimit', '1'],
    ['http.lowSpeedTime', String(Math.ceil(wire.limits.gitIdleMs / 1000))],
    ...(await pinned(found.url, wire, signal)),
  ];
  if (found.authorization !== undefined) {
    settings.push([`http.${origin}/.extraHeader`, `Authorization: ${found.authorization}`]);
  }
  if (config.caFile !== undefined) {
    const path = `${directory}/ca.pem`;
    await writeFile(path, (await trustedAuthorities(config.caFile)) ?? '', { mode: 0o600 });
    settings.push(['http.sslCAInfo', path]);
  }
  return { url, shown: shownRemote(remote), settings, env: {} };
}

async function pinned(url: URL, wire: Wire, signal: AbortSignal): Promise<Settings> {
  const place = placeOf(url);
  const proxy = wire.proxies?.find(place.hostname, place.port, url.protocol === 'https:');
  if (proxy !== undefined) {
    wire.guard.checkName(place);
    return [['http.proxy', proxy.href]];
  }
  const addresses = await wire.guard.addresses(place, signal, wire.limits.connectMs);
  if (addresses.includes(place.hostname)) return [];
  const list = addresses.map((address) => (address.includes(':') ? `[${address}]` : address));
  return [['http.curloptResolve', `${place.hostname}:${place.port}:${list.join(',')}`]];
}

/**
 * ssh(1) reads no configuration, asks nobody, forwards nothing, and speaks to hosts of the operator's known_hosts alone:
 * to take a key at first sight would let who is between us and the host choose what is built.
 */
async function overSsh(
  remote: SshRemote,
  { wire, config, agentSocket }: ConnectionParts,
  signal: AbortSignal,
): Promise<Connection> {
  const { place } = remote;
  const [address = ''] = await wire.guard.addresses(place, signal, wire.limits.connectMs);
  const alias = place.port === 22 ? place.hostname : `[${place.hostname}]:${place.port}`;
  const knownHosts = config.knownHosts ?? '/etc/ssh/ssh_known_hosts';
  const options = {
    BatchMode: 'yes',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: quotedPath(knownHosts),
    GlobalKnownHostsFile: '/dev/null',
    UpdateHostKeys: 'no',
    CheckHostIP: 'no',
    VerifyHostKeyDNS: 'no',
    HostName: address,
    HostKeyAlias: alias,
    CanonicalizeHostname: 'no',
    ProxyCommand: 'none',
    ProxyJump: 'none',
    PermitLocalCommand: 'no',
    ClearAllForwardings: 'yes',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    ControlMaster: 'no',
    ControlPath: 'none',
    IdentityFile: 'none',
    IdentityAgent: agentSocket === undefined ? 'none' : quotedPath(agentSocket),
    ConnectTimeout: String(Math.ceil(wire.limits.connectMs / 1000)),
    ServerAliveInterval: '30',
  };
  const words = Object.entries(options).map(
    ([name, value]) => `-o ${shellWord(`${name}=${value}`)}`,
  );
  return {
    url: remoteText(remote),
    shown: shownRemote(remote),
    settings: [],
    env: { GIT_SSH_VARIANT: 'ssh', GIT_SSH_COMMAND: `ssh -F /dev/null ${words.join(' ')}` },
  };
}

/** As an option of ssh_config(5) takes it: in double quotes, with % and ~ and $ of no meaning. */
function quotedPath(path: string): string {
  if (!path.startsWith('/') || /["\\\x00-\x1f\x7f]|\$\{/.test(path)) {
    throw new InvalidArgumentError(
      'the path of known_hosts or of the ssh agent has characters that ssh cannot take',
    );
  }
  return `"${path.replaceAll('%', '%%')}"`;
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
