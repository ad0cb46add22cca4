import { gzipSync, zstdCompressSync, constants } from 'node:zlib';
import { archive, member } from '../tar/raw-tar.js';
import type { HostileLayer } from './row.js';

const body = 'x'.repeat(3000);
const tree = { a: `file ${JSON.stringify(body)}` };
let made = 0;
/** The same files, and other bytes each time: no layer that a daemon has seen before. */
const layer = () => archive(member({ name: 'a', body, mtime: ++made }));
const halves = () => {
  const whole = layer();
  return [whole.subarray(0, 700), whole.subarray(700)] as const;
};
const bomb = (bytes: number) => archive(member({ name: 'z', body: Buffer.alloc(bytes) }));
const small = { bytes: { base: 1 << 20, perCompressed: 100 } };
const skippable = Buffer.from('502a4d1804000000deadbeef', 'hex');
/** Changes the byte that is so far from the end. */
const flip = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes);
  const index = bytes.length - at;
  copy[index] = (copy[index] ?? 0) ^ 0x40;
  return copy;
};
const checked = () => zstdCompressSync(layer(), { params: { [constants.ZSTD_c_checksumFlag]: 1 } });

/** What is around the archive. */
export const envelope: readonly HostileLayer[] = [
  { title: 'gzip', compression: 'gzip', layer: () => gzipSync(layer()), tree },
  {
    title: 'gzip cut short',
    compression: 'gzip',
    layer: () => gzipSync(layer()).subarray(0, -9),
    refused: /truncated/,
  },
  {
    title: 'gzip without its trailer',
    compression: 'gzip',
    layer: () => gzipSync(layer()).subarray(0, -8),
    refused: /truncated/,
  },
  {
    title: 'gzip with a wrong sum',
    compression: 'gzip',
    layer: () => flip(gzipSync(layer()), 8),
    refused: /corrupt/,
  },
  {
    title: 'gzip with a wrong length',
    compression: 'gzip',
    layer: () => flip(gzipSync(layer()), 4),
    refused: /corrupt/,
  },
  {
    title: 'gzip, then garbage',
    compression: 'gzip',
    layer: () => Buffer.concat([gzipSync(layer()), Buffer.from('garbage')]),
    refused: /corrupt/,
  },
  {
    title: 'gzip, then zeros',
    compression: 'gzip',
    layer: () => Buffer.concat([gzipSync(layer()), Buffer.alloc(20)]),
    refused: /followed by other bytes/,
  },
  {
    title: 'two gzip members',
    compression: 'gzip',
    layer: () => Buffer.concat(halves().map((part) => gzipSync(part))),
    tree,
  },
  {
    title: '10,000 gzip members',
    compression: 'gzip',
    layer: () =>
      Buffer.concat([...Array.from({ length: 9_999 }, () => gzipSync('')), gzipSync(layer())]),
    tree,
  },
  {
    title: 'a gzip bomb of 1000:1',
    compression: 'gzip',
    layer: () => gzipSync(bomb(200 << 20)),
    refused: /which is the limit/,
    elsewhere: { plain: 'taken' },
  },
  {
    title: 'gzip inside gzip',
    compression: 'gzip',
    layer: () => gzipSync(gzipSync(layer())),
    refused: /checksum|truncated/,
  },
  {
    title: 'nothing as gzip',
    compression: 'gzip',
    layer: () => Buffer.alloc(0),
    refused: /truncated/,
    elsewhere: { vouched: /truncated|is said to be/, sniffed: 'taken' },
  },
  {
    title: 'a plain archive as gzip',
    compression: 'gzip',
    layer,
    refused: /corrupt/,
    elsewhere: { sniffed: 'taken' },
  },
  {
    title: 'zstd as gzip',
    compression: 'gzip',
    layer: () => zstdCompressSync(layer()),
    refused: /corrupt/,
    elsewhere: { sniffed: 'taken' },
  },
  {
    title: 'gzip as a plain archive',
    layer: () => gzipSync(layer()),
    refused: /truncated|checksum/,
    elsewhere: { vouched: /truncated|checksum|unpacks to/, sniffed: 'taken' },
  },
  { title: 'zstd', compression: 'zstd', layer: () => zstdCompressSync(layer()), tree },
  {
    title: 'zstd cut short',
    compression: 'zstd',
    layer: () => zstdCompressSync(layer()).subarray(0, -1),
    refused: /truncated/,
  },
  {
    title: 'zstd with a wrong sum',
    compression: 'zstd',
    layer: () => flip(checked(), 1),
    refused: /corrupt/,
  },
  {
    title: 'frames of zstd, some to be skipped',
    compression: 'zstd',
    layer: () => {
      const frames = halves().flatMap((half) => [skippable, zstdCompressSync(half)]);
      return Buffer.concat([...frames, skippable]);
    },
    tree,
  },
  {
    title: 'zstd, then garbage',
    compression: 'zstd',
    layer: () => Buffer.concat([zstdCompressSync(layer()), Buffer.from('garbage')]),
    refused: /not a zstd stream/,
  },
  {
    title: 'zstd with a dictionary',
    compression: 'zstd',
    layer: () => Buffer.from('28b52ffd2101000000050100007878', 'hex'),
    refused: /dictionary|block/,
  },
  {
    title: 'zstd with a window of 2 GiB',
    compression: 'zstd',
    layer: () => Buffer.from('28b52ffd00a8010000', 'hex'),
    refused: /memory/,
  },
  {
    title: 'a zstd bomb',
    compression: 'zstd',
    limits: small,
    layer: () => zstdCompressSync(bomb(100 << 20)),
    refused: /which is the limit/,
  },
  {
    title: 'only skippable frames',
    compression: 'zstd',
    layer: () => skippable,
    refused: /no frame/,
  },
  {
    title: 'gzip as zstd',
    compression: 'zstd',
    layer: () => gzipSync(layer()),
    refused: /not a zstd stream/,
    elsewhere: { sniffed: 'taken' },
  },
];
