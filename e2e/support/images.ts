import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { directory, file, symlink, tar } from './tar.js';
import type { Member } from './tar.js';

const applets = 'sh cat echo env id ls mkdir pwd rm sleep stat test touch trap true wc'.split(' ');

/** The lowest layer of a small image that runs: the host's static busybox and the users root and app. */
export function busyboxLayer(...more: readonly Member[]): Buffer {
  return tar(
    directory('bin'),
    file('bin/busybox', readFileSync('/bin/busybox'), 0o755),
    ...applets.map((name) => symlink(`bin/${name}`, 'busybox')),
    directory('etc'),
    file('etc/passwd', 'root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n'),
    file('etc/group', 'root:x:0:\nstaff:x:1001:\nextra:x:1002:app\n'),
    directory('tmp', 0o1777),
    ...more,
  );
}

/** A layer of one file that no compression makes smaller. */
export function noiseLayer(name: string, bytes: number): Buffer {
  return tar(file(name, randomBytes(bytes)));
}
