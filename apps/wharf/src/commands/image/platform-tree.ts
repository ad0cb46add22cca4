import { shortId, type Image, type ImagePlatform } from '@wharf/core';
import { escapeControls } from '../../format/escape.js';
import { alignTabs } from '../../format/tabwriter.js';
import { humanSize } from '../../format/units.js';

const header = ['IMAGE', 'ID', 'DISK USAGE', 'CONTENT SIZE', 'EXTRA'];
const none = '<untagged>';

/** `images --tree`: each image with the platforms of its index. U marks what containers use. */
export function platformTree(images: readonly Image[]): string {
  const lines = [header, ...images.flatMap(imageLines)];
  return alignTabs(lines.map((cells) => `${cells.join('\t')}\n`).join(''))
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function imageLines(image: Image): string[][] {
  const parts = image.platforms.filter(({ kind }) => kind === 'image');
  const names = image.repoTags.length > 0 ? image.repoTags : [none];
  const id = shortId(image.targetDigest);
  const sizes = parts.length > 0 ? total(parts) : image;
  const [first = none, ...more] = names.map(escapeControls);
  return [
    cells(first, id, sizes, image.containers > 0),
    ...more.map((name) => [name, '', '', '', '']),
    ...parts.map((part, at) => platformLine(part, at === parts.length - 1)),
  ];
}

function platformLine(part: ImagePlatform, last: boolean): string[] {
  const name = `${last ? '└─' : '├─'} ${escapeControls(part.platform)}`;
  return cells(name, shortId(part.manifestDigest), part, part.containers.length > 0);
}

interface Sizes {
  /** Bytes, unpacked. */
  readonly size: number;
  readonly contentSize: number;
}

function total(parts: readonly Sizes[]): Sizes {
  const sum = (count: (part: Sizes) => number) => parts.reduce((all, one) => all + count(one), 0);
  return { size: sum(({ size }) => size), contentSize: sum(({ contentSize }) => contentSize) };
}

function cells(name: string, id: string, { size, contentSize }: Sizes, used: boolean): string[] {
  const disk = humanSize(size + contentSize, 3);
  return [name, id, disk, humanSize(contentSize, 3), used ? 'U' : ''];
}
