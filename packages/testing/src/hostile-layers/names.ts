import { archive, member, pax } from '../tar/raw-tar.js';
import type { HostileLayer } from './row.js';

const file = (name: Uint8Array | string, body = 'x') => member({ name, body });
const dotDot = /contains \\?"\.\./;

/** Names that climb, start at the root, are no text, or are too much. */
export const names: readonly HostileLayer[] = [
  { title: '../ in front', layer: () => archive(file('../escape')), refused: dotDot },
  {
    title: 'many ../',
    layer: () => archive(file(`${'../'.repeat(20)}tmp/escape`)),
    refused: dotDot,
  },
  { title: '.. in the middle', layer: () => archive(file('a/../../escape')), refused: dotDot },
  { title: '.. that stays inside', layer: () => archive(file('a/b/../c')), refused: dotDot },
  { title: '.. alone', layer: () => archive(member({ name: '..', type: '5' })), refused: dotDot },
  {
    title: '.. in a PAX path',
    layer: () => archive(pax({ path: 'a/../../x' }), file('a')),
    refused: dotDot,
  },
  {
    title: '.. in a GNU long name',
    layer: () => archive(member({ type: 'L', body: '../../x\0' }), file('a')),
    refused: dotDot,
  },
  {
    title: '.. in a ustar prefix',
    layer: () => archive(member({ name: 'x', prefix: '../..' })),
    refused: dotDot,
  },
  {
    title: 'an absolute name ends inside',
    layer: (canary) => archive(file(`${canary}/file`, 'evil')),
    holds: { 'CANARY/file': 'file "evil"' },
  },
  {
    title: 'many slashes',
    layer: () => archive(file('//a///b//')),
    tree: { a: 'dir', 'a/b': 'file "x"' },
  },
  {
    title: './ in front',
    layer: () => archive(file('./a/./b')),
    tree: { a: 'dir', 'a/b': 'file "x"' },
  },
  {
    title: 'three dots are a name',
    layer: () => archive(file('...')),
    tree: { '...': 'file "x"' },
  },
  {
    title: 'the root as a file',
    layer: () => archive(file('./')),
    refused: /its root is described as a file/,
    elsewhere: { plain: /"\." is a file/ },
  },
  {
    title: 'the root as a link',
    layer: () => archive(member({ name: '/', type: '2', link: '/tmp' })),
    refused: /root is described as a symlink/,
    elsewhere: { plain: /"\." is a symlink/ },
  },
  {
    title: 'the root as a directory',
    layer: () => archive(member({ name: './', type: '5', mode: 0o750, uid: 5 })),
    tree: { '/': 'dir 750 5:0' },
  },
  { title: 'no name', layer: () => archive(file('')), refused: /without a name/ },
  {
    title: 'names that differ in bytes that are no text',
    layer: () => archive(file(Buffer.from([0xff]), '1'), file(Buffer.from([0xfe]), '2')),
    tree: { '\xfe': 'file "2"', '\xff': 'file "1"' },
  },
  {
    title: 'newlines, escapes and quotes in a name',
    layer: () => archive(file('a\n\x1b[2J"\\')),
    tree: { 'a\n\x1b[2J"\\': 'file "x"' },
  },
  {
    title: 'a name of 255 bytes',
    layer: () => archive(pax({ path: 'n'.repeat(255) }), file('a')),
    tree: { ['n'.repeat(255)]: 'file "x"' },
  },
  {
    title: 'a name of 256 bytes',
    layer: () => archive(pax({ path: 'n'.repeat(256) }), file('a')),
    refused: /more than 255 bytes/,
  },
  {
    title: 'a path of 5,000 bytes',
    layer: () => archive(pax({ path: 'n/'.repeat(2500) }), file('a')),
    refused: /more than 4096 bytes/,
  },
  {
    title: 'a path of 2,000 directories',
    layer: () => archive(pax({ path: 'n/'.repeat(2000) }), file('a')),
    refused: /directories deep/,
  },
  {
    title: 'NUL in a PAX path',
    layer: () => archive(pax({ path: 'a\0/../x' }), file('a')),
    refused: /NUL/,
  },
  {
    title: '__proto__ and constructor',
    layer: () => archive(file('__proto__/constructor')),
    tree: { ['__proto__']: 'dir', '__proto__/constructor': 'file "x"' },
  },
];
