import { archive, base256, member, pax } from '../tar/raw-tar.js';
import type { HostileLayer } from './row.js';

const overlay = /only overlayfs may set/;
const withXattr = (name: string, value: Uint8Array | string = 'v') =>
  archive(pax({ [`SCHILY.xattr.${name}`]: value }), member({ name: 'f', body: 'x' }));
/** VFS_CAP_REVISION_2 with cap_net_raw, as capabilities(7) has it. */
const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');

/** Devices, modes, attributes, owners, times. */
export const metadata: readonly HostileLayer[] = [
  {
    title: 'a character device',
    layer: () => archive(member({ name: 'c', type: '3', major: 1, minor: 3, mode: 0o666 })),
    tree: { c: 'char 1:3 666' },
  },
  {
    title: 'a block device',
    layer: () => archive(member({ name: 'b', type: '4', major: 8, minor: 0, mode: 0o660 })),
    tree: { b: 'block 8:0 660' },
  },
  {
    title: 'a fifo',
    layer: () => archive(member({ name: 'p', type: '6', major: 7, minor: 7 })),
    tree: { p: 'fifo' },
  },
  {
    title: 'a file over a fifo does not open it',
    layer: () => archive(member({ name: 'p', type: '6' }), member({ name: 'p', body: 'x' })),
    tree: { p: 'file "x"' },
  },
  {
    title: 'a character device 0:0',
    layer: () => archive(member({ name: 'c', type: '3', major: 0, minor: 0 })),
    refused: /takes for a whiteout/,
  },
  {
    title: 'a device number that is too large',
    layer: () => archive(member({ name: 'c', type: '3', major: '0010000\0', minor: 1 })),
    refused: /impossible device/,
  },
  {
    title: 'a negative device number',
    layer: () =>
      archive(
        member({ name: 'c', type: '3', major: base256(-1n, 8).toString('latin1'), minor: 1 }),
      ),
    refused: /device/,
  },
  {
    title: 'setuid, setgid and sticky are kept, whoever owns the file',
    layer: () => archive(member({ name: 'f', mode: 0o7755, uid: 3, gid: 4 })),
    tree: { f: 'file "" 7755 3:4' },
  },
  {
    title: 'no permission at all',
    layer: () =>
      archive(member({ name: 'd', type: '5', mode: 0 }), member({ name: 'd/f', mode: 0 })),
    tree: { d: 'dir 0', 'd/f': 'file "" 0' },
  },
  {
    title: 'a setgid directory gives nothing to its files',
    layer: () =>
      archive(
        member({ name: 'd', type: '5', mode: 0o2777, gid: 50 }),
        member({ name: 'd/f' }),
        member({ name: 'd/e/g' }),
      ),
    tree: { d: 'dir 2777 0:50', 'd/e': 'dir', 'd/e/g': 'file ""', 'd/f': 'file ""' },
  },
  {
    title: 'type bits in the mode mean nothing',
    layer: () => archive(member({ name: 'f', mode: 0o120644 })),
    tree: { f: 'file ""' },
  },
  {
    title: 'owners up to 2^32 - 2',
    layer: () => archive(pax({ uid: '4294967294', gid: '3000000' }), member({ name: 'f' })),
    tree: { f: 'file "" 4294967294:3000000' },
  },
  {
    title: 'the owner 2^32 - 1',
    layer: () => archive(pax({ uid: '4294967295' }), member({ name: 'f' })),
    refused: /uid is out of range/,
  },
  {
    title: 'a negative owner',
    layer: () => archive(member({ name: 'f', gid: base256(-2n, 8) })),
    refused: /gid is out of range/,
  },
  {
    title: 'trusted.overlay.redirect',
    layer: () => withXattr('trusted.overlay.redirect', '/etc'),
    refused: overlay,
  },
  {
    title: 'trusted.overlay.opaque',
    layer: () => withXattr('trusted.overlay.opaque', 'y'),
    refused: overlay,
  },
  {
    title: 'trusted.overlay.metacopy',
    layer: () => withXattr('trusted.overlay.metacopy', ''),
    refused: overlay,
  },
  {
    title: 'user.overlay.redirect',
    layer: () => withXattr('user.overlay.redirect', '/'),
    refused: overlay,
  },
  {
    title: 'an attribute of overlayfs on a whiteout',
    layer: () =>
      archive(pax({ 'SCHILY.xattr.trusted.overlay.origin': 'x' }), member({ name: '.wh.f' })),
    refused: overlay,
  },
  {
    title: 'security.capability is kept to the byte',
    layer: () => withXattr('security.capability', capability),
    tree: { f: `file "x" security.capability=${capability.toString('latin1')}` },
  },
  {
    title: 'labels of the host are dropped',
    layer: () =>
      archive(
        pax({
          'SCHILY.xattr.security.selinux': 'a',
          'SCHILY.xattr.security.ima': 'b',
          'SCHILY.xattr.security.evm': 'c',
          'SCHILY.xattr.trusted.other': 'd',
          'SCHILY.xattr.system.posix_acl_access': 'e',
        }),
        member({ name: 'f' }),
      ),
    tree: { f: 'file ""' },
  },
  {
    title: 'user attributes are kept, also empty ones',
    layer: () =>
      archive(
        pax({ 'SCHILY.xattr.user.a': Buffer.from([0, 255]), 'SCHILY.xattr.user.b': '' }),
        member({ name: 'd', type: '5', mode: 0o755 }),
      ),
    tree: { d: 'dir user.a=\x00\xff user.b=' },
  },
  {
    title: 'user attributes of a link are dropped',
    layer: () =>
      archive(pax({ 'SCHILY.xattr.user.a': 'b' }), member({ name: 'l', type: '2', link: 'x' })),
    tree: { l: '-> x' },
  },
  {
    title: 'an attribute name of 300 bytes',
    layer: () => withXattr(`user.${'n'.repeat(300)}`),
    refused: /ERANGE/,
  },
  {
    title: 'an attribute of 100,000 bytes',
    layer: () => withXattr('user.a', 'v'.repeat(100_000)),
    refused: /E2BIG|ENOSPC|no space/,
  },
  {
    title: 'a time before the epoch and one far ahead',
    layer: () =>
      archive(
        pax({ mtime: '-1.5' }),
        member({ name: 'f' }),
        pax({ mtime: '999999999999999999' }),
        member({ name: 'g' }),
      ),
    tree: { f: 'file ""', g: 'file ""' },
  },
];
