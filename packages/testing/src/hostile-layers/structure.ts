import { archive, base256, end, member, pax, paxRaw, record } from '../tar/raw-tar.js';
import type { HostileLayer } from './row.js';

const file = (name: string, body = 'x') => member({ name, body });
const dir = (name: string) => member({ name, type: '5', mode: 0o755 });
const a = file('a');

/** Archives that lie about themselves. */
export const structure: readonly HostileLayer[] = [
  { title: 'an empty file', layer: () => Buffer.alloc(0), tree: {} },
  { title: 'only the end', layer: () => end, tree: {} },
  { title: 'garbage', layer: () => Buffer.alloc(2048, 'garbage '), refused: /checksum/ },
  {
    title: 'a wrong checksum',
    layer: () => archive(a, member({ name: 'b', checksum: '000777\0 ' })),
    refused: /checksum/,
  },
  {
    title: 'a checksum that is no number',
    layer: () => archive(member({ name: 'b', checksum: 'zzzzzz\0 ' })),
    refused: /checksum/,
  },
  {
    title: 'cut inside a header',
    layer: () => archive(a, a).subarray(0, 1300),
    refused: /truncated/,
  },
  {
    title: 'cut inside a body',
    layer: () => archive(file('a', 'x'.repeat(2000))).subarray(0, 1024),
    refused: /truncated/,
  },
  {
    title: 'cut inside the padding',
    layer: () => archive(a).subarray(0, 700),
    refused: /truncated/,
  },
  { title: 'no end', layer: () => a, refused: /truncated/, elsewhere: { vouched: 'taken' } },
  {
    title: 'an extended header and no entry',
    layer: () => archive(pax({ path: 'x' })),
    refused: /truncated/,
  },
  {
    title: 'a long name and no entry',
    layer: () => archive(a, member({ type: 'L', body: 'x\0' })),
    refused: /truncated/,
  },
  {
    title: 'one block of zeros between entries',
    layer: () => archive(a, Buffer.alloc(512), a),
    refused: /zeros/,
  },
  {
    title: 'a second archive behind the end is no part of it',
    layer: () => Buffer.concat([archive(a), archive(file('b'))]),
    tree: { a: 'file "x"' },
  },
  {
    title: 'garbage behind the end',
    layer: () => Buffer.concat([archive(a), Buffer.from('garbage')]),
    tree: { a: 'file "x"' },
  },
  {
    title: 'a size of 8 GiB and no body',
    layer: () => archive(member({ name: 'a', size: 8 * 2 ** 30 - 1 })),
    refused: /truncated/,
  },
  {
    title: 'a size of 2^63',
    layer: () => archive(member({ name: 'a', size: base256(2n ** 63n, 12) })),
    refused: /size/,
  },
  {
    title: 'a negative size',
    layer: () => archive(member({ name: 'a', size: base256(-512n, 12) })),
    refused: /negative size/,
  },
  {
    title: 'a PAX size that hides an entry',
    layer: () =>
      archive(
        pax({ size: '1024' }),
        member({ name: 'a', body: Buffer.concat([file('hidden').subarray(0, 1024)]), size: 0 }),
      ),
    tree: { a: `file ${JSON.stringify(file('hidden').toString('latin1'))}` },
  },
  {
    title: 'a link with a size',
    layer: () => archive(member({ name: 'l', type: '2', link: 'x', size: 512 }), a),
    tree: { a: 'file "x"', l: '-> x' },
  },
  {
    title: 'an extended header of 2 MiB',
    layer: () => archive(pax({ comment: 'x'.repeat(2 << 20) }), a),
    refused: /more than 1048576 bytes/,
  },
  {
    title: 'an extended header of 8 GiB that is not there',
    layer: () => archive(member({ name: 'x', type: 'x', size: 8 * 2 ** 30 - 1 })),
    refused: /more than 1048576 bytes/,
  },
  {
    title: 'a long name of 1 GiB that is not there',
    layer: () => archive(member({ name: 'x', type: 'L', size: 2 ** 30 })),
    refused: /more than 4097 bytes/,
  },
  {
    title: 'a record with a length of 0',
    layer: () => archive(paxRaw([record('path', 'x', '0')]), a),
    refused: /not well formed/,
  },
  {
    title: 'a record that is longer than the header',
    layer: () => archive(paxRaw([record('path', 'x', '999')]), a),
    refused: /not well formed/,
  },
  {
    title: '20,000 records of one key',
    layer: () =>
      archive(paxRaw(Array.from({ length: 20_000 }, (_, at) => record('path', `p${at}`))), a),
    tree: { p19999: 'file "x"' },
  },
  {
    title: 'a global header that names files',
    layer: () => archive(paxRaw([record('path', 'x')], 'g'), a),
    refused: /global/,
  },
  {
    title: 'a global header with a comment',
    layer: () => archive(paxRaw([record('comment', 'x')], 'g'), a),
    tree: { a: 'file "x"' },
  },
  {
    title: 'an unknown kind',
    layer: () => archive(member({ name: 'a', type: 'Z' })),
    refused: /unknown kind/,
  },
  {
    title: 'a file twice: the last one counts',
    layer: () => archive(file('a', '1'), file('a', '2')),
    tree: { a: 'file "2"' },
  },
  {
    title: 'a directory twice: they merge',
    layer: () => archive(dir('d'), file('d/a'), member({ name: 'd', type: '5', mode: 0o700 })),
    tree: { d: 'dir 700', 'd/a': 'file "x"' },
  },
  {
    title: 'a file over a full directory',
    layer: () => archive(file('d/e/f'), file('d')),
    tree: { d: 'file "x"' },
    elsewhere: { plain: /cannot overwrite directory/ },
  },
  {
    title: 'a directory over a file',
    layer: () => archive(file('d'), dir('d'), file('d/e')),
    tree: { d: 'dir', 'd/e': 'file "x"' },
    elsewhere: { plain: /cannot overwrite non-directory/ },
  },
  {
    title: 'too many entries',
    limits: { tar: { entries: 10 } },
    layer: () => archive(...Array.from({ length: 11 }, (_, at) => file(`f${at}`))),
    refused: /more than 10 entries/,
  },
  {
    title: 'a sparse file of 8 TiB without data',
    layer: () =>
      archive(
        pax({
          'GNU.sparse.major': '1',
          'GNU.sparse.minor': '0',
          'GNU.sparse.name': 's',
          'GNU.sparse.realsize': String(2 ** 63),
        }),
        file('s', '0\n'.padEnd(512, '\0')),
      ),
    refused: /sparse size/,
  },
  {
    title: 'sparse regions that overlap',
    layer: () =>
      archive(
        pax({ 'GNU.sparse.map': '0,5,3,5', 'GNU.sparse.size': '10' }),
        file('s', '0123456789'),
      ),
    refused: /does not fit/,
  },
  {
    title: 'sparse regions over the end',
    layer: () =>
      archive(pax({ 'GNU.sparse.map': '0,10', 'GNU.sparse.size': '5' }), file('s', '0123456789')),
    refused: /does not fit/,
  },
  {
    title: 'a sparse file',
    layer: () =>
      archive(pax({ 'GNU.sparse.map': '2,2,6,1', 'GNU.sparse.size': '8' }), file('s', 'abc')),
    tree: { s: 'file "\\u0000\\u0000ab\\u0000\\u0000c\\u0000"' },
  },
];
