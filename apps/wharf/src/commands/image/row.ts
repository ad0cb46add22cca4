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
  const { id, createdAt, size } = image;
  return namesOf(image, digests).map(({ repository, tag, digest }) => ({
    Containers: 'N/A',
    CreatedAt: () => (createdAt === undefined ? 'N/A' : localTime(createdAt)),
    CreatedSince: () => (createdAt === undefined ? 'N/A' : agoText(createdAt, now)),
    Digest: digest,
    ID: truncate ? shortId(id) : id,
    Repository: repository,
    SharedSize: 'N/A',
    Size: () => humanSize(size, 3),
    Tag: tag,
    UniqueSize: 'N/A',
    VirtualSize: () => humanSize(size, 3),
  }));
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
