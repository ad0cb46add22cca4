import { archive, member } from '../tar/raw-tar.js';
import type { HostileLayer } from './row.js';

const file = (name: string, body = '') => member({ name, body });
const link = (name: string, target: string) => member({ name, type: '2', link: target });
const dir = (name: string) => member({ name, type: '5', mode: 0o755 });
const namesNothing = /names no file/;

/** Marks that delete what is in the layers below. */
export const whiteouts: readonly HostileLayer[] = [
  {
    title: 'a whiteout',
    layer: () => archive(file('a/.wh.b')),
    tree: { a: 'dir', 'a/b': 'whiteout' },
  },
  { title: 'a whiteout at the root', layer: () => archive(file('.wh.b')), tree: { b: 'whiteout' } },
  {
    title: 'a whiteout with a body',
    layer: () => archive(file('.wh.b', 'x'.repeat(900))),
    tree: { b: 'whiteout' },
  },
  {
    title: 'a whiteout that is a hard link, as aufs made them',
    layer: () => archive(member({ name: '.wh.b', type: '1', link: '.wh..wh.aufs' })),
    tree: { b: 'whiteout' },
    elsewhere: { plain: /is refused/ },
  },
  {
    title: 'a whiteout twice',
    layer: () => archive(file('.wh.b'), file('.wh.b')),
    tree: { b: 'whiteout' },
  },
  {
    title: '.wh. alone',
    layer: () => archive(file('.wh.')),
    refused: namesNothing,
    elsewhere: { plain: 'taken' },
  },
  {
    title: '.wh.. (the directory)',
    layer: () => archive(file('a/.wh..')),
    refused: namesNothing,
    elsewhere: { plain: 'taken' },
  },
  {
    title: '.wh... (the parent)',
    layer: () => archive(file('a/.wh...')),
    refused: namesNothing,
    elsewhere: { plain: 'taken' },
  },
  {
    title: 'a name below a whiteout',
    layer: () => archive(file('.wh.a/b')),
    refused: /is a whiteout/,
    elsewhere: { plain: 'taken' },
  },
  {
    title: 'a name below a climbing whiteout',
    layer: () => archive(file('a/.wh.../b')),
    refused: /is a whiteout/,
    elsewhere: { plain: 'taken' },
  },
  {
    title: 'a whiteout that is a directory',
    layer: () => archive(dir('.wh.a')),
    refused: /is a directory/,
    elsewhere: { plain: 'taken' },
  },
  {
    title: 'a whiteout that is a link',
    layer: () => archive(link('.wh.a', '/')),
    refused: /is a symlink/,
    elsewhere: { plain: 'taken' },
  },
  {
    title: 'a whiteout that is a device',
    layer: () => archive(member({ name: '.wh.a', type: '3', major: 1, minor: 3 })),
    refused: /is a character/,
    elsewhere: { plain: 'taken' },
  },
  {
    title: 'a whiteout after the file leaves the file',
    layer: () => archive(file('b', 'x'), file('.wh.b')),
    tree: { b: 'file "x"' },
  },
  {
    title: 'a whiteout before the file leaves the file',
    layer: () => archive(file('.wh.b'), file('b', 'x')),
    tree: { b: 'file "x"' },
  },
  {
    title: 'a whiteout after the directory makes it opaque',
    layer: () => archive(dir('d'), file('.wh.d')),
    tree: { d: 'dir opaque' },
  },
  {
    title: 'a whiteout before the directory makes it opaque',
    layer: () => archive(file('.wh.d'), dir('d')),
    tree: { d: 'dir opaque' },
  },
  {
    title: 'a whiteout before an implied directory makes it opaque',
    layer: () => archive(file('.wh.d'), file('d/f', 'x')),
    tree: { d: 'dir opaque', 'd/f': 'file "x"' },
  },
  {
    title: 'an opaque mark before the files',
    layer: () => archive(file('d/.wh..wh..opq'), file('d/f', 'x')),
    tree: { d: 'dir opaque', 'd/f': 'file "x"' },
  },
  {
    title: 'an opaque mark after the files',
    layer: () => archive(file('d/f', 'x'), dir('d'), file('d/.wh..wh..opq')),
    tree: { d: 'dir opaque', 'd/f': 'file "x"' },
  },
  {
    title: 'an opaque mark before its directory',
    layer: () => archive(file('d/.wh..wh..opq'), dir('d')),
    tree: { d: 'dir opaque' },
  },
  {
    title: 'an opaque root',
    layer: () => archive(file('.wh..wh..opq')),
    tree: { '/': 'dir opaque' },
  },
  {
    title: 'a whiteout through a link out',
    layer: (canary) => archive(link('l', canary), dir('x'), link('l', '/x'), file('l/.wh.file')),
    tree: { l: '-> /x', x: 'dir', 'x/file': 'whiteout' },
    elsewhere: { plain: /is not a directory/ },
  },
  {
    title: 'an opaque mark through a link',
    layer: () => archive(dir('x'), link('l', '/x'), file('l/.wh..wh..opq')),
    tree: { l: '-> /x', x: 'dir opaque' },
    elsewhere: { plain: /is not a directory/ },
  },
  {
    title: 'bookkeeping of aufs is left out',
    layer: () =>
      archive(dir('.wh..wh.plnk'), file('.wh..wh.plnk/1.2', 'x'), file('a/.wh..wh.orph')),
    tree: {},
  },
  {
    title: 'a file of aufs is left out',
    layer: () => archive(file('.wh..wh.aufs'), file('a', 'x')),
    tree: { a: 'file "x"' },
  },
];
