import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { CallOptions } from '@wharf/core';
import type { FileSearchPort, FoundFiles } from '../../ports.js';
import { readDistribution, type Distribution } from './distribution.js';
import type { InstalledPackage } from './package.js';
import { places, searchLimits, type Place } from './places.js';
import { packageUrl } from './purl.js';

/** A package with all places that say that it is installed. */
export interface ListedPackage extends InstalledPackage {
  readonly url: string;
  /** From the root, with a slash before them; the first ones. */
  readonly foundIn: readonly string[];
}

export interface PackageList {
  /** Ordered by URL, each once. */
  readonly packages: readonly ListedPackage[];
  /** SHA-256 of the packages and their places, hexadecimal. */
  readonly hash: string;
  /** Files and entries that are over a limit or that nobody can read. */
  readonly leftOut: number;
}

/** One image has so many packages at most; more are counted. */
const maxPackages = 20_000;
const maxPlaces = 10;
/** Entries, or characters of files, between two looks at what else there is to do. */
const breath = { entries: 200, characters: 200_000 };

/** What is installed in layers (topmost first), by their own account. */
export async function readPackages(
  { search }: FileSearchPort,
  lower: readonly string[],
  options: CallOptions,
): Promise<PackageList> {
  const wanted = places.map(({ pattern, maxBytes, head }) => ({ pattern, maxBytes, head }));
  return listPackages(await search({ lower, wanted, ...searchLimits }, options), options);
}

export async function listPackages(
  { files, leftOut }: FoundFiles,
  { signal }: CallOptions,
): Promise<PackageList> {
  const distribution = distributionOf(files);
  const listed = new Map<string, ListedPackage & { readonly foundIn: string[] }>();
  let [lost, work] = [leftOut, 0];
  const rest = async (done: number): Promise<void> => {
    work += done;
    if (work < breath.characters) return;
    work = 0;
    await setImmediate();
    signal.throwIfAborted();
  };
  for (const { path, content } of files) {
    const read = placeOf(path)?.read;
    if (read === undefined) continue;
    const text = Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1');
    await rest(Math.min(text.length, breath.characters));
    for (const found of read(text)) {
      await rest(found === 'reading' ? breath.characters : breath.characters / breath.entries);
      if (found === 'reading') continue;
      if (found === 'unreadable' || !add(listed, found, { path, distribution })) lost += 1;
    }
  }
  const packages = [...listed.values()].sort((a, b) => (a.url < b.url ? -1 : 1));
  const hash = createHash('sha256');
  for (const { url, foundIn } of packages) {
    hash.update(`${url}\n${foundIn.join('\n')}\n\n`);
    await rest(breath.characters / breath.entries);
  }
  return { packages, leftOut: lost, hash: hash.digest('hex') };
}

type Listed = Map<string, ListedPackage & { readonly foundIn: string[] }>;

function add(
  listed: Listed,
  found: InstalledPackage,
  { path, distribution }: { readonly path: string; readonly distribution: Distribution },
): boolean {
  const url = packageUrl(found, distribution);
  const place = `/${Buffer.from(path, 'latin1').toString()}`;
  const known = listed.get(url);
  if (known !== undefined) {
    if (known.foundIn.length < maxPlaces && !known.foundIn.includes(place))
      known.foundIn.push(place);
    return true;
  }
  if (listed.size >= maxPackages) return false;
  listed.set(url, { ...found, url, foundIn: [place] });
  return true;
}

function placeOf(path: string): Place | undefined {
  return places.find(({ pattern }) => pattern.test(path));
}

/** /etc/os-release wins, where it is a file of its own. */
function distributionOf(files: FoundFiles['files']): Distribution {
  const [first] = files.filter(({ path }) => path.endsWith('/os-release'));
  return readDistribution(first === undefined ? '' : Buffer.from(first.content).toString());
}
