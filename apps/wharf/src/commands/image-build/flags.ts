import { defineFlags, type FlagValues } from '../../argv/flags.js';
import { checkAddress, withoutBrackets } from '../spec/addresses.js';
import { checkOf } from '../spec/check.js';
import { parseCpus } from '../spec/cpus.js';
import { parseExtraHost } from '../spec/hosts.js';
import { parseUlimit } from '../spec/ulimit.js';
import { parseAnnotation } from './annotation-flag.js';
import { parseAttest, parseProvenance, parseSbom } from './attest-flags.js';
import { checkBuildArg } from './build-args.js';
import { parseCacheFrom, parseCacheTo } from './cache-flag.js';
import { parseCall } from './call-flag.js';
import { parseNamedContext } from './context-place.js';
import { parseEntitlement } from './entitlements.js';
import { parseEpoch } from './epoch.js';
import { imageNames } from './image-names.js';
import { parseOutput } from './output-flag.js';
import { parseSecret } from './secret-flag.js';
import { parseSsh } from './ssh-flag.js';
import { progressModes } from './progress-mode.js';

function notNegative(text: string): string | undefined {
  return text === '-1' ? `invalid size: '-1'` : undefined;
}

/** What docker's older builder took and no builder needs. */
const ignored = defineFlags({
  builder: { type: 'string', hidden: true, description: 'Ignored: each daemon has one builder' },
  compress: { type: 'bool', hidden: true, description: 'Ignored: only what is lacking is sent' },
  'disable-content-trust': { type: 'bool', default: true, hidden: true, description: 'Ignored' },
  'force-rm': { type: 'bool', hidden: true, description: 'Ignored: nothing is left behind' },
  isolation: { type: 'string', hidden: true, description: 'Ignored: Linux has one' },
  rm: { type: 'bool', default: true, hidden: true, description: 'Ignored: nothing is left behind' },
});

/** What runs each RUN. */
const resources = defineFlags({
  'add-host': {
    type: 'strings',
    description: 'Add a custom host-to-IP mapping (format: "host:ip")',
    check: checkOf(parseExtraHost),
  },
  'cgroup-parent': {
    type: 'string',
    default: '',
    description: 'Set the parent cgroup for the "RUN" instructions during build',
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
    description: 'Number of CPUs of each "RUN"',
    check: checkOf(parseCpus),
  },
  'cpuset-cpus': {
    type: 'string',
    default: '',
    description: 'CPUs in which to allow execution (0-3, 0,1)',
  },
  dns: {
    type: 'strings',
    description: 'Set custom DNS servers for the "RUN" instructions',
    check: (text) => checkAddress(withoutBrackets(text)),
  },
  memory: {
    type: 'bytes',
    short: 'm',
    default: 0,
    description: 'Memory limit of each "RUN"',
    check: notNegative,
  },
  'memory-swap': {
    type: 'bytes',
    default: 0,
    description: "Swap limit equal to memory plus swap: '-1' to enable unlimited swap",
  },
  network: {
    type: 'string',
    default: 'default',
    description:
      'Set the networking mode for the "RUN" instructions: default, none, host or a network',
    complete: 'network',
  },
  'shm-size': { type: 'bytes', default: 0, description: 'Size of /dev/shm', check: notNegative },
  ulimit: {
    type: 'strings',
    placeholder: 'ulimit',
    description: 'Ulimit options of each "RUN"',
    check: checkOf(parseUlimit),
  },
});

/** What comes of the build, and where it goes. */
const results = defineFlags({
  annotation: {
    type: 'strings',
    description: 'Add annotation to the image (format: "[manifest:|index:]key=value")',
    check: checkOf(parseAnnotation),
  },
  attest: {
    type: 'strings',
    description: 'Attestation parameters (format: "type=sbom,disabled=true")',
    check: checkOf(parseAttest),
  },
  iidfile: { type: 'string', description: 'Write the image ID to a file', complete: 'file' },
  label: { type: 'strings', description: 'Set metadata for an image' },
  load: { type: 'bool', description: 'Keep the image in the daemon, beside other outputs' },
  'metadata-file': {
    type: 'string',
    description: 'Write build result metadata to a file',
    complete: 'file',
  },
  output: {
    type: 'strings',
    short: 'o',
    description:
      'Output destination (format: "type=local,dest=path"; types local, tar, oci, docker, image, registry)',
    check: checkOf((text) => parseOutput(text, ['checked-later'])),
    complete: 'output|directory',
  },
  provenance: {
    type: 'string',
    bare: 'true',
    description: 'Say how the image was built (true, mode=min, mode=max)',
    check: checkOf(parseProvenance),
  },
  push: { type: 'bool', description: 'Push the image to the registry of its names' },
  sbom: {
    type: 'string',
    bare: 'true',
    description: 'List the packages that the image has',
    check: checkOf(parseSbom),
  },
  squash: { type: 'bool', hidden: true, description: 'Squash layers into one (refused)' },
  tag: {
    type: 'strings',
    short: 't',
    description: 'Image identifier (format: "[registry/]repository[:tag]")',
    check: checkOf((text) => imageNames([text])),
  },
});

/** What is built, from what, and how. */
export const buildFlags = defineFlags({
  ...ignored,
  ...resources,
  ...results,
  allow: {
    type: 'strings',
    description: 'Allow extra privileged entitlement (network.host, security.insecure, device)',
    check: checkOf(parseEntitlement),
  },
  'build-arg': {
    type: 'strings',
    description: 'Set build-time variables (a bare name takes its value from the environment)',
    check: checkBuildArg,
  },
  'build-context': {
    type: 'strings',
    description:
      'Additional build contexts (format: "name=path", a URL, docker-image://, oci-layout:// or target:)',
    check: checkOf(parseNamedContext),
  },
  'cache-from': {
    type: 'strings',
    description: 'External cache sources (e.g., "user/app:cache", "type=local,src=path/to/dir")',
    check: checkOf(parseCacheFrom),
  },
  'cache-to': {
    type: 'strings',
    description:
      'Cache export destinations (e.g., "type=registry,ref=user/app:cache,mode=max", "type=local,dest=path")',
    check: checkOf(parseCacheTo),
  },
  call: {
    type: 'string',
    default: 'build',
    description: 'Ask about the Dockerfile instead (check, outline, targets; with ",format=json")',
    check: checkOf(parseCall),
  },
  check: { type: 'bool', description: 'Shorthand for "--call=check"' },
  debug: {
    type: 'bool',
    description: 'Open a shell where a step failed, with its files, mounts and environment',
  },
  explain: { type: 'bool', description: 'Say of each executed step why the cache did not have it' },
  file: {
    type: 'string',
    short: 'f',
    description: 'Name of the Dockerfile, - for standard input (default: "PATH/Dockerfile")',
    complete: 'file',
  },
  lock: {
    type: 'bool',
    description:
      'Write Dockerfile.lock, which pins all that the build uses; with --pull what it had is looked up again',
  },
  locked: { type: 'bool', description: 'Refuse what Dockerfile.lock does not pin' },
  'no-cache': { type: 'bool', description: 'Do not use cache when building the image' },
  'no-cache-filter': { type: 'strings', description: 'Do not cache specified stages' },
  parallelism: { type: 'int', default: 0, description: 'Steps at a time (0: as the daemon likes)' },
  platform: {
    type: 'strings',
    description: 'Set target platform for build (e.g., "linux/amd64,linux/arm64")',
    complete: 'platform',
  },
  progress: {
    type: 'string',
    default: '',
    defaultText: '"auto"',
    values: progressModes,
    description: `Set type of progress output (${progressModes.join(', ')})`,
    check: (text) =>
      progressModes.some((one) => one === text)
        ? undefined
        : `must be one of ${progressModes.join(', ')}`,
  },
  pull: { type: 'bool', description: 'Always attempt to pull all referenced images' },
  quiet: {
    type: 'bool',
    short: 'q',
    description: 'Suppress the build output and print image ID on success',
  },
  secret: {
    type: 'strings',
    description:
      'Secret to expose to the build (format: "id=mysecret[,src=/local/secret|,env=VAR]")',
    check: checkOf(parseSecret),
  },
  'source-date-epoch': {
    type: 'string',
    description: 'Seconds since 1970 for the times in the image (default: env SOURCE_DATE_EPOCH)',
    check: checkOf(parseEpoch),
  },
  ssh: {
    type: 'strings',
    description:
      'SSH agent to expose to the build (format: "default|<id>[=<socket>|<key>[,<key>]]")',
    check: checkOf(parseSsh),
  },
  target: {
    type: 'string',
    default: '',
    description: 'Set the target build stage to build',
    complete: 'stage',
  },
  verify: {
    type: 'bool',
    description: 'Build twice in different surroundings and compare what comes of it',
  },
});

export type BuildFlags = FlagValues<typeof buildFlags>;
