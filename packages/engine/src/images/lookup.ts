import { InvalidArgumentError, isHexPrefix, NotFoundError, WharfError } from '@wharf/core';
import {
  canonical,
  canonicalName,
  familiar,
  formatPlatform,
  hostPlatform,
  parsePlatform,
  parseReference,
  runnablePlatforms,
  withDefaultTag,
  type Digest,
  type Platform,
  type Reference,
} from '@wharf/oci';
import type { ImageRecords, ManifestRecord, TargetRecord } from './records.js';

const minPrefix = 2;
const wholeId = /^(sha256:)?[0-9a-f]{64}$/;

/** What a reference means: an image, and of it one platform. */
export interface FoundImage {
  readonly target: TargetRecord;
  readonly manifest: ManifestRecord;
  /** The name or name@digest that led to it; absent when it was an id. */
  readonly name?: Reference;
  /** The id or digest was that of one platform of an index, not of the whole. */
  readonly member: boolean;
}

/**
 * The image that a name, a name@digest, an id (digest of a config, manifest or index, with or without sha256:) or an
 * unambiguous beginning of one means; undefined when it is not here, nor when `platform` of it is not.
 * @param platform `os/architecture[/variant]`; absent or '' is the host's best, else the first that came
 * @throws InvalidArgumentError for an ambiguous or malformed reference
 */
export function findImage(
  records: ImageRecords,
  ref: string,
  platform?: string,
): FoundImage | undefined {
  const match = matchReference(records, ref)[0];
  return match && choose(match, platform);
}

/** As findImage, but throws not-found with the name as the caller wrote it, and which platforms there are. */
export function getImage(records: ImageRecords, ref: string, platform?: string): FoundImage {
  const match = matchReference(records, ref)[0];
  if (match === undefined) throw new NotFoundError('image', ref);
  return choose(match, platform) ?? refusePlatform(match.target, ref, platform ?? '');
}

interface Match {
  readonly target: TargetRecord;
  readonly name?: Reference;
  /** The manifest of a part that was asked for, by its own digest or by that of its config. */
  readonly part?: { readonly digest: Digest; readonly by: 'manifest' | 'config' };
}

/** All targets that `ref` means, the best first: several only for an id that different manifests share. */
export function matchReference(records: ImageRecords, ref: string): readonly Match[] {
  const found = byId(records, ref);
  // A whole id can be no name.
  if (found.length > 0 || wholeId.test(ref)) return found;
  const named = byName(records, withDefaultTag(parseReference(ref)));
  return named === undefined ? [] : [named];
}

function byName(records: ImageRecords, name: Reference): Match | undefined {
  if (name.digest === undefined) {
    const target = records.byName(canonical(name));
    return target && { target, name };
  }
  const { digest } = name;
  const repository = canonicalName(name);
  const known = (target: TargetRecord): boolean =>
    target.repositories.includes(repository) ||
    target.names.some((tag) => canonicalName(parseReference(tag)) === repository);
  const target = records.target(digest);
  if (target !== undefined && known(target)) return { target, name };
  const holder = records.holders(digest).find(known);
  return holder && { target: holder, name, part: { digest, by: 'manifest' } };
}

function byId(records: ImageRecords, ref: string): readonly Match[] {
  const hex = ref.startsWith('sha256:') ? ref.slice(7) : ref;
  if (hex.length < minPrefix || !isHexPrefix(hex)) return [];
  const begins = (digest: string): boolean => digest.startsWith(`sha256:${hex}`);
  const images = new Set<string>();
  const matches: Match[] = [];
  for (const target of records.targetsByPrefix(hex)) {
    images.add(target.kind === 'index' ? target.digest : targetId(target));
    matches.push({ target });
  }
  for (const target of records.holdersByPrefix(hex)) {
    for (const { digest, configDigest } of target.manifests) {
      const by = begins(digest) ? 'manifest' : begins(configDigest) ? 'config' : undefined;
      if (by === undefined) continue;
      images.add(configDigest);
      if (target.kind === 'index') matches.push({ target, part: { digest, by } });
      else if (by === 'config') matches.push({ target });
    }
  }
  if (images.size > 1)
    throw new InvalidArgumentError(`image id ${ref} is ambiguous, give more of its digits`);
  return matches.sort((a, b) => Number(isDangling(a.target)) - Number(isDangling(b.target)));
}

/** Nothing but its id leads to it. */
function isDangling({ names, repositories }: TargetRecord): boolean {
  return names.length + repositories.length === 0;
}

function choose({ target, name, part }: Match, platform?: string): FoundImage | undefined {
  const { manifests } = target;
  const asked =
    part === undefined ? manifests : manifests.filter(({ digest }) => digest === part.digest);
  const chosen =
    platform === undefined || platform === ''
      ? defaultManifest(asked)
      : ofPlatform(asked, parsePlatform(platform, hostPlatform(process.arch)));
  if (chosen === undefined) return undefined;
  const whole = part === undefined || chosen.configDigest === targetId(target);
  const member = part?.by === 'manifest' || !whole;
  return { target, manifest: chosen, member, ...(name === undefined ? {} : { name }) };
}

/** What to use when no platform is asked for: the host's best match, else the first that came; unpacked ones first. */
export function defaultManifest(manifests: readonly ManifestRecord[]): ManifestRecord | undefined {
  const ready = manifests.filter(({ unpacked }) => unpacked);
  const names = runnablePlatforms(hostPlatform(process.arch)).map(formatPlatform);
  const fitting = names.flatMap((name) => ready.filter(({ platform }) => platform === name));
  return fitting[0] ?? ready[0] ?? manifests[0];
}

/** The platform itself, or a lower variant of the same architecture. */
export function ofPlatform(
  manifests: readonly ManifestRecord[],
  wanted: Platform,
): ManifestRecord | undefined {
  const names = runnablePlatforms(wanted)
    .filter(({ architecture }) => architecture === wanted.architecture)
    .map(formatPlatform);
  const fitting = names.flatMap((name) => manifests.filter(({ platform }) => platform === name));
  return fitting.find(({ unpacked }) => unpacked) ?? fitting[0];
}

function refusePlatform(target: TargetRecord, ref: string, platform: string): never {
  const here = [...new Set(target.manifests.map((manifest) => manifest.platform))].join(', ');
  const remedy =
    target.kind === 'index'
      ? `get it with pull --platform ${platform}`
      : 'it is no image of several platforms';
  throw new WharfError(
    'not-found',
    `image ${ref} is here for ${here || 'no platform'}, not for ${platform}: ${remedy}`,
    { facts: { kind: 'image', name: ref, platform } },
  );
}

/** The id by which people know an image: digest of the config of the platform that is used by default. */
export function targetId(target: TargetRecord): string {
  return defaultManifest(target.manifests)?.configDigest ?? target.digest;
}

/** How people call an image: its first name, else repository@digest, else its id. */
export function targetName(target: TargetRecord): string {
  const [name] = target.names;
  if (name !== undefined) return familiar(parseReference(name));
  const [repository] = target.repositories;
  if (repository === undefined) return targetId(target);
  return familiar(parseReference(`${repository}@${target.digest}`));
}
