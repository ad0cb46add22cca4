import { shortId, type Image } from '@wharf/core';
import { agoText, localTime } from '../../format/status.js';
import { humanSize } from '../../format/units.js';

export const imageHeaders = {
  ID: 'IMAGE ID',
  Repository: 'REPOSITORY',
  Tag: 'TAG',
  Digest: 'DIGEST',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  Size: 'SIZE',
  VirtualSize: 'SIZE',
  SharedSize: 'SHARED SIZE',
  UniqueSize: 'UNIQUE SIZE',
  Containers: 'CONTAINERS',
  Platform: 'PLATFORM',
};

export interface ImageRowOptions {
  readonly now: Date;
  readonly truncate: boolean;
  /** A row for each digest of a repository too. */
  readonly digests: boolean;
}

interface Name {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

const none = '<none>';

/** The rows of one image in `images`: one for each of its names, or one without. */
export function imageRows(image: Image, { now, truncate, digests }: ImageRowOptions): object[] {
  const { id, createdAt, size, sharedSize, containers } = image;
  const bytes = (count: number | undefined) => (count === undefined ? 'N/A' : humanSize(count, 3));
  return namesOf(image, digests).map(({ repository, tag, digest }) => ({
    Containers: String(containers),
    CreatedAt: () => (createdAt === undefined ? 'N/A' : localTime(createdAt)),
    CreatedSince: () => (createdAt === undefined ? 'N/A' : agoText(createdAt, now)),
    Digest: digest,
    ID: truncate ? shortId(id) : id,
    Platform: () => platformText(image),
    Repository: repository,
    SharedSize: () => bytes(sharedSize),
    Size: () => humanSize(size, 3),
    Tag: tag,
    UniqueSize: () => bytes(sharedSize === undefined ? undefined : size - sharedSize),
    VirtualSize: () => humanSize(size, 3),
  }));
}

/** The platforms that are here, the one that is shown first. */
function platformText({ os, architecture, variant, platforms }: Image): string {
  const own = [os, architecture, variant].filter((part) => part !== '').join('/');
  const here = platforms.filter(({ kind, available }) => kind === 'image' && available);
  return [...new Set([own, ...here.map(({ platform }) => platform)])].join(',');
}

function namesOf(image: Image, digests: boolean): Name[] {
  const digestOf = new Map(image.repoDigests.map((name) => splitAt(name, name.indexOf('@'))));
  const tagged = image.repoTags.map((name): Name => {
    const [repository, tag] = splitAt(name, name.lastIndexOf(':'));
    return { repository, tag, digest: (digests ? digestOf.get(repository) : undefined) ?? none };
  });
  const shown = new Set(tagged.map(({ repository }) => repository));
  const untagged = [...digestOf]
    .filter(([repository]) => !shown.has(repository))
    .map(([repository, digest]): Name => ({ repository, tag: none, digest }));
  const names = [...tagged, ...untagged];
  return names.length > 0 ? names : [{ repository: none, tag: none, digest: none }];
}

function splitAt(text: string, at: number): [string, string] {
  return at < 0 ? [text, none] : [text.slice(0, at), text.slice(at + 1)];
}
