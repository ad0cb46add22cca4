import { defineFlags, type FlagValues } from '../../argv/flags.js';
import { parseCpus } from './cpus.js';
import { parseDetachKeys } from '../stream/detach-keys.js';
import { checkAnnotation, checkEnvironment, checkKeyValue } from './key-values.js';
import { parseDevice } from './device.js';
import { parseMount } from './mount.js';
import { parseUlimit } from './ulimit.js';
import { parseTmpfs } from './tmpfs.js';
import { checkAddress, withoutBrackets } from './addresses.js';
import { checkOf } from './check.js';
import { parseEgress } from './egress.js';
import { parseNetwork } from './endpoint.js';
import { checkDnsOption, checkDomain, parseExtraHost, parseLink } from './hosts.js';

const streams = ['stdin', 'stdout', 'stderr'];

function checkStream(text: string): string | undefined {
  if (streams.includes(text.toLowerCase())) return undefined;
  return 'valid streams are STDIN, STDOUT and STDERR';
}

function notNegative(text: string): string | undefined {
  return text === '-1' ? `invalid size: '-1'` : undefined;
}

const pullPolicies = ['always', 'missing', 'never'];

/** A --pull policy as `check` of a flag. */
export function checkPullPolicy(text: string): string | undefined {
  if (pullPolicies.includes(text)) return undefined;
  return 'must be one of "always", "missing" or "never"';
}

/** What of a container can be said on the command line of `run` and `create` alike. */
export const specFlags = defineFlags({
  'add-host': {
    type: 'strings',
    description: 'Add a custom host-to-IP mapping (host:ip)',
    check: checkOf(parseExtraHost),
  },
  annotation: {
    type: 'strings',
    placeholder: 'map',
    description: 'Add an annotation to the container (passed through to the OCI runtime)',
    check: checkAnnotation,
  },
  attach: {
    type: 'strings',
    short: 'a',
    description: 'Attach to STDIN, STDOUT or STDERR',
    values: streams,
    check: checkStream,
  },
  'cap-add': { type: 'strings', description: 'Add Linux capabilities' },
  'cap-drop': { type: 'strings', description: 'Drop Linux capabilities' },
  cgroupns: {
    type: 'string',
    description: 'Cgroup namespace to use (host|private)',
    values: ['host', 'private'],
  },
  cidfile: {
    type: 'string',
    description: 'Write the container ID to the file',
    complete: 'file',
  },
  'cpu-period': { type: 'int', default: 0, description: 'Limit CPU CFS period (microseconds)' },
  'cpu-quota': { type: 'int', default: 0, description: 'Limit CPU CFS quota (microseconds)' },
  'cpu-shares': {
    type: 'int',
    short: 'c',
    default: 0,
    description: 'CPU shares (relative weight)',
  },
  cpus: {
    type: 'string',
    placeholder: 'decimal',
    description: 'Number of CPUs',
    check: checkOf(parseCpus),
  },
  'cpuset-cpus': {
    type: 'string',
    default: '',
    description: 'CPUs in which to allow execution (0-3, 0,1)',
  },
  'cpuset-mems': {
    type: 'string',
    default: '',
    description: 'MEMs in which to allow execution (0-3, 0,1)',
  },
  device: {
    type: 'strings',
    description: 'Add a host device to the container',
    check: checkOf(parseDevice),
    complete: 'file',
  },
  dns: {
    type: 'strings',
    description: 'Set custom DNS servers',
    check: (text) => checkAddress(withoutBrackets(text)),
  },
  'dns-opt': {
    type: 'strings',
    description: 'Set DNS options',
    hidden: true,
    check: checkDnsOption,
  },
  'dns-option': { type: 'strings', description: 'Set DNS options', check: checkDnsOption },
  'dns-search': {
    type: 'strings',
    description: 'Set custom DNS search domains',
    check: checkDomain,
  },
  domainname: { type: 'string', description: 'Container NIS domain name' },
  egress: {
    type: 'strings',
    description:
      'What the container may reach elsewhere: deny, allow, or allow=HOST[:PORT],*.DOMAIN,CIDR and nothing else',
    values: ['deny', 'allow', 'allow='],
    check: (text) => checkOf((one: string) => parseEgress([one]))(text),
  },
  entrypoint: { type: 'string', description: 'Overwrite the default ENTRYPOINT of the image' },
  env: {
    type: 'strings',
    short: 'e',
    description: 'Set environment variables',
    check: checkEnvironment,
  },
  'env-file': {
    type: 'strings',
    description: 'Read in a file of environment variables',
    complete: 'file',
  },
  expose: { type: 'strings', description: 'Expose a port or a range of ports' },
  'group-add': { type: 'strings', description: 'Add additional groups to join' },
  'health-cmd': { type: 'string', description: 'Command to run to check health' },
  'health-interval': {
    type: 'duration',
    default: 0n,
    description: 'Time between running the check (ms|s|m|h)',
    defaultText: '0s',
  },
  'health-retries': {
    type: 'int',
    default: 0,
    description: 'Consecutive failures needed to report unhealthy',
  },
  'health-start-interval': {
    type: 'duration',
    default: 0n,
    description: 'Time between running the check during the start period (ms|s|m|h)',
    defaultText: '0s',
  },
  'health-start-period': {
    type: 'duration',
    default: 0n,
    description: 'Start period for the container to initialize before counting retries (ms|s|m|h)',
    defaultText: '0s',
  },
  'health-timeout': {
    type: 'duration',
    default: 0n,
    description: 'Maximum time to allow one check to run (ms|s|m|h)',
    defaultText: '0s',
  },
  hostname: { type: 'string', short: 'h', description: 'Container host name' },
  init: {
    type: 'bool',
    description: 'Run an init inside the container that forwards signals and reaps processes',
  },
  interactive: {
    type: 'bool',
    short: 'i',
    description: 'Keep STDIN open even if not attached',
  },
  ip: { type: 'string', description: 'IPv4 address (e.g., 172.30.100.104)' },
  ip6: { type: 'string', description: 'IPv6 address (e.g., 2001:db8::33)' },
  ipc: { type: 'string', default: '', description: 'IPC mode to use' },
  label: { type: 'strings', short: 'l', description: 'Set meta data on a container' },
  'label-file': {
    type: 'strings',
    description: 'Read in a line delimited file of labels',
    complete: 'file',
  },
  link: {
    type: 'strings',
    description: 'Give another container a further name in this one (container:alias)',
    check: checkOf(parseLink),
    complete: 'container',
  },
  'link-local-ip': { type: 'strings', description: 'Container IPv4/IPv6 link-local addresses' },
  'log-driver': {
    type: 'string',
    default: '',
    description: 'Logging driver for the container',
    values: ['json-file', 'none'],
  },
  'log-opt': {
    type: 'strings',
    description: 'Log driver options',
    check: (text) => checkKeyValue('logging option', text),
  },
  'mac-address': {
    type: 'string',
    description: 'Container MAC address (e.g., 92:d0:c6:0a:29:33)',
  },
  memory: {
    type: 'bytes',
    short: 'm',
    default: 0,
    description: 'Memory limit',
    check: notNegative,
  },
  'memory-reservation': {
    type: 'bytes',
    default: 0,
    description: 'Memory soft limit',
    check: notNegative,
  },
  'memory-swap': {
    type: 'bytes',
    default: 0,
    description: "Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
  },
  mount: {
    type: 'strings',
    placeholder: 'mount',
    description: 'Attach a filesystem mount to the container',
    check: checkOf(parseMount),
  },
  name: { type: 'string', description: 'Assign a name to the container' },
  net: {
    type: 'strings',
    placeholder: 'network',
    description: 'Connect a container to a network',
    hidden: true,
    check: checkOf(parseNetwork),
    complete: 'network',
  },
  'net-alias': {
    type: 'strings',
    description: 'Add network-scoped alias for the container',
    hidden: true,
  },
  network: {
    type: 'strings',
    placeholder: 'network',
    description: 'Connect a container to a network',
    check: checkOf(parseNetwork),
    complete: 'network',
  },
  'network-alias': {
    type: 'strings',
    description: 'Add network-scoped alias for the container',
  },
  'no-healthcheck': {
    type: 'bool',
    description: 'Disable any container-specified HEALTHCHECK',
  },
  'oom-kill-disable': { type: 'bool', description: 'Disable OOM Killer' },
  'oom-score-adj': {
    type: 'int',
    default: 0,
    description: "Tune host's OOM preferences (-1000 to 1000)",
  },
  pid: { type: 'string', default: '', description: 'PID namespace to use' },
  'pids-limit': {
    type: 'int',
    description: 'Tune container pids limit (set -1 for unlimited)',
  },
  platform: {
    type: 'string',
    description: 'Set platform if server is multi-platform capable',
    complete: 'platform',
  },
  privileged: { type: 'bool', description: 'Give extended privileges to this container' },
  publish: {
    type: 'strings',
    short: 'p',
    description: "Publish a container's port(s) to the host",
  },
  'publish-all': {
    type: 'bool',
    short: 'P',
    description: 'Publish all exposed ports to random ports',
  },
  'publish-scope': {
    type: 'string',
    default: 'default',
    defaultText: "the daemon's",
    description: 'From where published ports are reached (loopback|lan|any)',
    values: ['loopback', 'lan', 'any'],
    check: (text) =>
      ['default', 'loopback', 'lan', 'any'].includes(text)
        ? undefined
        : 'must be one of "loopback", "lan" or "any"',
  },
  pull: {
    type: 'string',
    default: 'missing',
    description: 'Pull image before running ("always", "missing", "never")',
    values: pullPolicies,
    check: checkPullPolicy,
  },
  quiet: { type: 'bool', short: 'q', description: 'Suppress the pull output' },
  'read-only': { type: 'bool', description: "Mount the container's root filesystem as read only" },
  restart: {
    type: 'string',
    default: 'no',
    description: 'Restart policy to apply when a container exits',
    values: ['no', 'on-failure', 'always', 'unless-stopped'],
  },
  rm: {
    type: 'bool',
    description:
      'Automatically remove the container and its associated anonymous volumes when it exits',
  },
  runtime: { type: 'string', description: 'Runtime to use for this container' },
  'security-opt': { type: 'strings', description: 'Security Options' },
  'shm-size': { type: 'bytes', default: 0, description: 'Size of /dev/shm', check: notNegative },
  'stop-signal': { type: 'string', description: 'Signal to stop the container' },
  'stop-timeout': { type: 'int', description: 'Timeout (in seconds) to stop a container' },
  sysctl: {
    type: 'strings',
    placeholder: 'map',
    description: 'Sysctl options',
    check: (text) => checkKeyValue('sysctl', text),
  },
  tmpfs: {
    type: 'strings',
    description: 'Mount a tmpfs directory',
    check: checkOf(parseTmpfs),
  },
  tty: { type: 'bool', short: 't', description: 'Allocate a pseudo-TTY' },
  ulimit: {
    type: 'strings',
    placeholder: 'ulimit',
    description: 'Ulimit options',
    check: checkOf(parseUlimit),
  },
  user: {
    type: 'string',
    short: 'u',
    description: 'Username or UID (format: <name|uid>[:<group|gid>])',
  },
  uts: { type: 'string', default: '', description: 'UTS namespace to use', values: ['host'] },
  volume: {
    type: 'strings',
    short: 'v',
    description: 'Bind mount a volume',
    complete: 'volume|file',
  },
  'volume-driver': {
    type: 'string',
    default: '',
    description: 'Optional volume driver for the container',
  },
  'volumes-from': {
    type: 'strings',
    description: 'Mount volumes from the specified container(s)',
    complete: 'container',
  },
  workdir: { type: 'string', short: 'w', description: 'Working directory inside the container' },
});

export type SpecFlags = FlagValues<typeof specFlags>;
