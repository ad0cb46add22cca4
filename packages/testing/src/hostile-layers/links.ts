import { archive, member, pax } from '../tar/raw-tar.js';
import type { HostileLayer } from './row.js';

const file = (name: string, body = 'x') => member({ name, body });
const link = (name: string, target: string) => member({ name, type: '2', link: target });
const hard = (name: string, target: string) => member({ name, type: '1', link: target });
const dir = (name: string) => member({ name, type: '5', mode: 0o755 });
const notInLayer = /not in this layer/;

/** Symbolic links that lead out, and things written through them. */
export const symlinks: readonly HostileLayer[] = [
  {
    title: 'a file through a link to an absolute directory',
    layer: (canary) => archive(link('l', canary), file('l/file', 'evil')),
    holds: { 'CANARY/file': 'file "evil"' },
  },
  {
    title: 'a file through a climbing link',
    layer: () => archive(link('l', '../../../../..'), file('l/x')),
    tree: { l: '-> ../../../../..', x: 'file "x"' },
  },
  {
    title: 'a file through a link to /',
    layer: () => archive(link('l', '/'), file('l/x')),
    tree: { l: '-> /', x: 'file "x"' },
  },
  {
    title: 'a file over a link replaces the link',
    layer: (canary) => archive(link('l', `${canary}/file`), file('l', 'evil')),
    tree: { l: 'file "evil"' },
  },
  {
    title: 'a directory over a link replaces the link',
    layer: (canary) => archive(link('l', canary), dir('l/'), file('l/f')),
    tree: { l: 'dir', 'l/f': 'file "x"' },
    elsewhere: { plain: /cannot overwrite non-directory/ },
  },
  {
    title: 'a link over a file',
    layer: () => archive(file('a'), link('a', 'b')),
    tree: { a: '-> b' },
  },
  {
    title: 'a link over a full directory',
    layer: () => archive(file('a/b/c'), link('a', 'b')),
    tree: { a: '-> b' },
    elsewhere: { plain: /cannot overwrite directory/ },
  },
  {
    title: 'a link over a directory that was used, then used again',
    layer: () => archive(file('a/f'), dir('b'), link('a', 'b'), file('a/g')),
    tree: { a: '-> b', b: 'dir', 'b/g': 'file "x"' },
    elsewhere: { plain: /cannot overwrite directory/ },
  },
  {
    title: 'a link to itself as a directory',
    layer: () => archive(link('l', 'l'), file('l/x')),
    refused: /more than 40 links/,
  },
  {
    title: 'two links in a circle',
    layer: () => archive(link('a', 'b'), link('b', 'a'), file('a/x')),
    refused: /more than 40 links/,
  },
  {
    title: 'a chain of 41 links',
    layer: () =>
      archive(
        ...Array.from({ length: 41 }, (_, at) => link(`l${at}`, `l${at + 1}`)),
        dir('l41'),
        file('l0/x'),
      ),
    refused: /more than 40 links/,
  },
  {
    title: 'a dangling link as a directory',
    layer: () => archive(link('l', 'd/e'), file('l/x')),
    tree: { d: 'dir', 'd/e': 'dir', 'd/e/x': 'file "x"', l: '-> d/e' },
  },
  {
    title: 'a link to a file as a directory',
    layer: () => archive(file('f'), link('l', 'f'), file('l/x')),
    tree: { f: 'dir', 'f/x': 'file "x"', l: '-> f' },
    elsewhere: { plain: /is not a directory/ },
  },
  {
    title: 'a link to /proc/self/root',
    layer: () => archive(link('l', '/proc/self/root'), file('l/x')),
    tree: {
      l: '-> /proc/self/root',
      proc: 'dir',
      'proc/self': 'dir',
      'proc/self/root': 'dir',
      'proc/self/root/x': 'file "x"',
    },
  },
  {
    title: 'a link without a target',
    layer: () => archive(link('l', '')),
    refused: /without a target/,
  },
  {
    title: 'a link of 4,000 bytes',
    layer: () => archive(pax({ linkpath: 'x'.repeat(4000) }), link('l', '')),
    tree: { l: `-> ${'x'.repeat(4000)}` },
  },
  {
    title: 'a link of 4,096 bytes',
    layer: () => archive(pax({ linkpath: 'x'.repeat(4096) }), link('l', '')),
    refused: /ENAMETOOLONG/,
  },
  {
    title: 'a link of 5,000 bytes',
    layer: () => archive(pax({ linkpath: 'x'.repeat(5000) }), link('l', '')),
    refused: /more than 4096 bytes/,
  },
  {
    title: 'bytes that are no text as a target',
    layer: () => archive(member({ name: 'l', type: '2', link: Buffer.from([0xff, 0xfe]) })),
    tree: { l: '-> \xff\xfe' },
  },
  {
    title: 'the mode of a link leaves its target alone',
    layer: () =>
      archive(file('f'), member({ name: 'l', type: '2', link: 'f', mode: 0o4777, uid: 9 })),
    tree: { f: 'file "x"', l: '-> f 9:0' },
  },
  {
    title: 'a file in place of a parent',
    layer: () => archive(file('a'), file('a/b')),
    tree: { a: 'dir', 'a/b': 'file "x"' },
    elsewhere: { plain: /is not a directory/ },
  },
];

/** Hard links that lead out, dangle, or pass through links. */
export const hardlinks: readonly HostileLayer[] = [
  {
    title: 'two names for a file',
    layer: () => archive(file('a'), hard('b', 'a')),
    tree: { a: 'file "x" x2', b: 'file "x" x2' },
  },
  {
    title: 'an absolute target is inside',
    layer: () => archive(file('a'), hard('d/b', '/a')),
    tree: { a: 'file "x" x2', d: 'dir', 'd/b': 'file "x" x2' },
  },
  {
    title: 'a target outside',
    layer: (canary) => archive(hard('a', `${canary}/file`)),
    refused: notInLayer,
  },
  {
    title: 'a climbing target',
    layer: () => archive(hard('a', '../../etc/passwd')),
    refused: /contains/,
  },
  {
    title: 'a target through a link out',
    layer: (canary) => archive(link('l', canary), hard('a', 'l/file')),
    refused: notInLayer,
  },
  {
    title: 'a target through a link inside',
    layer: () => archive(file('d/f'), link('l', 'd'), hard('a', 'l/f')),
    refused: notInLayer,
  },
  {
    title: 'a link to a link does not follow it',
    layer: (canary) => archive(link('l', `${canary}/file`), hard('h', 'l'), file('h', 'evil')),
    tree: { h: 'file "evil"', l: `-> CANARY/file` },
  },
  {
    title: 'a target that comes later',
    layer: () => archive(hard('b', 'a'), file('a')),
    refused: notInLayer,
  },
  {
    title: 'a target that is a directory',
    layer: () => archive(dir('d'), hard('h', 'd')),
    refused: /is a directory/,
  },
  {
    title: 'the root as a target',
    layer: () => archive(hard('h', '/')),
    refused: notInLayer,
    elsewhere: { plain: /is refused/ },
  },
  {
    title: 'no target',
    layer: () => archive(hard('h', '')),
    refused: notInLayer,
    elsewhere: { plain: /is refused/ },
  },
  { title: 'itself', layer: () => archive(file('a'), hard('a', './a')), tree: { a: 'file "x"' } },
  {
    title: 'itself, which is not there',
    layer: () => archive(hard('a', 'a')),
    refused: notInLayer,
  },
  {
    title: 'a target below the name',
    layer: () => archive(file('a/b'), hard('a', 'a/b')),
    refused: notInLayer,
    elsewhere: { plain: /cannot overwrite directory/ },
  },
  {
    title: 'a whiteout as a target',
    layer: () => archive(file('.wh.a', ''), hard('b', 'a')),
    refused: notInLayer,
  },
  {
    title: 'a file written through the second name leaves the first',
    layer: () => archive(file('a', '1'), hard('b', 'a'), file('b', '2')),
    tree: { a: 'file "1"', b: 'file "2"' },
  },
  {
    title: 'a link in place of another file',
    layer: () => archive(file('a', '1'), file('b', '2'), hard('b', 'a')),
    tree: { a: 'file "1" x2', b: 'file "1" x2' },
  },
];
