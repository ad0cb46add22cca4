import {
  InvalidArgumentError,
  type BuildCacheStore,
  type BuildSource,
  type BuildSpec,
  type TransferCredentials,
  type BuildSecret,
} from '@wharf/core';
import { formatPlatform, hostPlatform, parsePlatform } from '@wharf/oci';
import { keyValues } from '../spec/key-values.js';
import { splitPlatforms } from '../shared/platforms.js';
import { parseAnnotation } from './annotation-flag.js';
import { attestationsOf } from './attest-flags.js';
import type { PlacedCache } from './caches.js';
import { entitlementsOf } from './entitlements.js';
import { parseEpoch } from './epoch.js';
import type { BuildFlags } from './flags.js';
import type { PlacedOutput } from './output-flag.js';
import type { PreparedContext } from './prepare-context.js';
import { resourcesOf } from './resources.js';

/** What of a build is no flag, or needs more than a flag. */
export interface SpecParts {
  readonly contextName: string;
  readonly prepared: PreparedContext;
  readonly namedContexts: ReadonlyMap<string, BuildSource>;
  readonly buildArgs: ReadonlyMap<string, string>;
  readonly outputs: readonly PlacedOutput[];
  readonly cacheFrom: readonly BuildCacheStore[];
  readonly cacheTo: readonly PlacedCache[];
  readonly secrets: readonly BuildSecret[];
  readonly sshAgents: readonly string[];
  readonly lock: string | undefined;
  readonly credentials: TransferCredentials;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The build that flags ask for. @throws InvalidArgumentError */
export function buildSpec(flags: BuildFlags, parts: SpecParts): BuildSpec {
  const { prepared, lock } = parts;
  const epoch = epochOf(flags, parts);
  return {
    ...(prepared.context === undefined ? {} : { context: prepared.context }),
    namedContexts: parts.namedContexts,
    dockerfilePath: prepared.dockerfilePath,
    ...(prepared.dockerfile === undefined ? {} : { dockerfile: prepared.dockerfile }),
    target: flags.target,
    buildArgs: parts.buildArgs,
    labels: new Map(Object.entries(keyValues(flags.label))),
    annotations: new Map(flags.annotation.map(parseAnnotation)),
    platforms: platformsOf(flags.platform),
    outputs: parts.outputs.map(({ output }) => output),
    noCache: flags.noCache,
    noCacheStages: flags.noCacheFilter.flatMap((text) => text.split(',')),
    pull: flags.pull,
    secrets: parts.secrets,
    sshAgents: parts.sshAgents,
    cacheFrom: parts.cacheFrom,
    cacheTo: parts.cacheTo.map(({ store }) => store),
    entitlements: entitlementsOf(flags),
    resources: resourcesOf(flags),
    ...(epoch === undefined ? {} : { sourceDateEpoch: epoch }),
    ...(prepared.createdAt === undefined ? {} : { createdAt: prepared.createdAt }),
    ...attestationsOf(flags),
    ...(lock === undefined ? {} : { lock }),
    locked: flags.locked,
    explain: flags.explain,
    verify: flags.verify,
    keepFailed: flags.debug,
    parallelism: parallelismOf(flags.parallelism),
    credentials: parts.credentials,
    contextName: parts.contextName,
  };
}

/** --source-date-epoch, else the build argument, else the environment; an empty one is none. */
function epochOf(
  { sourceDateEpoch }: BuildFlags,
  { buildArgs, env }: SpecParts,
): bigint | undefined {
  const name = 'SOURCE_DATE_EPOCH';
  const text = sourceDateEpoch ?? buildArgs.get(name) ?? env[name] ?? '';
  return text === '' ? undefined : parseEpoch(text);
}

/** Each with its variant where it has one, none twice. */
function platformsOf(texts: readonly string[]): readonly string[] {
  const host = hostPlatform(process.arch);
  const named = splitPlatforms(texts).filter((text) => text !== '');
  return [...new Set(named.map((text) => formatPlatform(parsePlatform(text.trim(), host))))];
}

function parallelismOf(count: number): number {
  if (count >= 0) return count;
  throw new InvalidArgumentError(
    '--parallelism must be at least 1, or 0 for what the daemon likes',
  );
}
