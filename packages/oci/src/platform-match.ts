import { WharfError } from '@wharf/core';
import type { ImageIndex, IndexEntry } from './image-index.js';
import { formatPlatform, type Platform } from './platform.js';

/**
 * What a machine of that platform can run, best first, in containerd's order: the exact variant, then lower
 * ones (arm v8, v7, v6, v5; amd64 v3, v2, baseline), then the 32-bit relative.
 */
export function runnablePlatforms(platform: Platform): readonly Platform[] {
  const { os, architecture, variant } = platform;
  const at = (arch: string, v: string): Platform => ({ os, architecture: arch, variant: v });
  const lower = (arch: string, from: number, least: number): Platform[] =>
    Array.from({ length: Math.max(0, from - least + 1) }, (_, i) => at(arch, `v${from - i}`));
  const version = variantNumber(variant);
  if (architecture === 'amd64') {
    const baseline = variant === '' ? [] : [...lower('amd64', version - 1, 2), at('amd64', '')];
    return [platform, ...baseline, at('386', '')];
  }
  if (architecture === 'arm') return [platform, ...lower('arm', version - 1, 5)];
  if (architecture === 'arm64') {
    const baseline = variant === '' ? [] : [at('arm64', '')];
    return [platform, ...baseline, ...lower('arm', 8, 5)];
  }
  return [platform];
}

/**
 * The entry of an index to use on a platform: the best match, the first of equals. An index whose only
 * manifest says no platform gives that one; its config tells later whether it fits.
 */
export function findForPlatform(index: ImageIndex, wanted: Platform): IndexEntry | undefined {
  for (const platform of runnablePlatforms(wanted)) {
    const entry = index.manifests.find((candidate) => fits(candidate.platform, platform));
    if (entry !== undefined) return entry;
  }
  const only = index.manifests.length === 1 ? index.manifests[0] : undefined;
  return only?.platform === undefined ? only : undefined;
}

/** @throws WharfError not-found that lists what the index has */
export function chooseForPlatform(index: ImageIndex, wanted: Platform): IndexEntry {
  const entry = findForPlatform(index, wanted);
  if (entry !== undefined) return entry;
  const name = formatPlatform(wanted);
  const offered = offeredPlatforms(index).slice(0, 20).join(', ');
  throw new WharfError(
    'not-found',
    `no matching manifest for ${name} in the manifest list entries: it has ${offered || 'none'}`,
    { facts: { platform: name } },
  );
}

/** Whether a machine of platform `host` can run an image built for `image`. */
export function canRun(host: Platform, image: Platform): boolean {
  return runnablePlatforms(host).some((platform) => fits(image, platform));
}

/** The distinct platforms of an index, attestations (unknown/unknown) left out. */
export function offeredPlatforms(index: ImageIndex): readonly string[] {
  const names = index.manifests
    .map((entry) => entry.platform)
    .filter((platform) => platform !== undefined && platform.os !== 'unknown')
    .map((platform) => formatPlatform(platform as Platform));
  return [...new Set(names)];
}

function fits(candidate: Platform | undefined, wanted: Platform): boolean {
  if (candidate === undefined) return false;
  const version = wanted.osVersion ?? candidate.osVersion;
  return (
    candidate.os === wanted.os &&
    candidate.architecture === wanted.architecture &&
    candidate.variant === wanted.variant &&
    (candidate.osVersion ?? version) === version
  );
}

function variantNumber(variant: string): number {
  const number = Number(variant.slice(1));
  return variant.startsWith('v') && Number.isInteger(number) && number < 100 ? number : 0;
}
