import { constants } from 'node:fs';
import { access, open, readFile } from 'node:fs/promises';
import { FailedPreconditionError, type CallOptions } from '@wharf/core';
import type { BaseImageFacts } from '@wharf/engine/ports';
import { writeTar, type TarMember } from '../unpack/index.js';
import { runProgram } from './run.js';

const remedy = 'install it with: apt-get install busybox-static';
const places = ['/bin/busybox', '/usr/bin/busybox', '/sbin/busybox', '/usr/local/bin/busybox'];
const elfInterpreter = Buffer.from('/ld-linux');

const accounts: readonly (readonly [
  name: string,
  uid: number,
  gid: number,
  home: string,
  shell: string,
])[] = [
  ['root', 0, 0, '/root', '/bin/sh'],
  ['daemon', 1, 1, '/usr/sbin', '/bin/false'],
  ['bin', 2, 2, '/bin', '/bin/false'],
  ['sys', 3, 3, '/dev', '/bin/false'],
  ['mail', 8, 8, '/var/spool/mail', '/bin/false'],
  ['www-data', 33, 33, '/var/www', '/bin/false'],
  ['operator', 37, 37, '/var', '/bin/false'],
  ['nobody', 65534, 65534, '/home', '/bin/false'],
];

const groups: readonly (readonly [name: string, gid: number])[] = [
  ['root', 0],
  ['daemon', 1],
  ['bin', 2],
  ['sys', 3],
  ['adm', 4],
  ['tty', 5],
  ['disk', 6],
  ['mail', 8],
  ['wheel', 10],
  ['www-data', 33],
  ['users', 100],
  ['nogroup', 65534],
];

const directories: readonly (readonly [path: string, mode: number])[] = [
  ['bin', 0o755],
  ['dev', 0o755],
  ['etc', 0o755],
  ['home', 0o755],
  ['proc', 0o755],
  ['root', 0o700],
  ['run', 0o755],
  ['sbin', 0o755],
  ['sys', 0o755],
  ['tmp', 0o1777],
  ['usr', 0o755],
  ['usr/bin', 0o755],
  ['usr/sbin', 0o755],
  ['var', 0o755],
  ['var/spool', 0o755],
  ['var/spool/mail', 0o755],
  ['var/www', 0o755],
];

/** A root filesystem around the host's statically linked busybox: every applet, accounts, /tmp. */
export async function makeBusyboxTar(
  tarPath: string,
  { signal, onStep }: CallOptions & { readonly onStep: (message: string) => void },
): Promise<BaseImageFacts> {
  const path = await findBusybox();
  onStep(`using ${path}`);
  const binary = await readFile(path, { signal });
  if (binary.includes(elfInterpreter)) {
    throw new FailedPreconditionError(`${path} is not statically linked, ${remedy}`);
  }
  const applets = (await runProgram(path, ['--list-full'], remedy, { signal }))
    .split('\n')
    .filter((line) => line !== '');
  onStep(`writing ${applets.length} applets`);
  const file = await open(tarPath, 'w', 0o600);
  try {
    for await (const chunk of writeTar(members(binary, applets), { signal }))
      await file.writeFile(chunk);
  } finally {
    await file.close();
  }
  return {
    env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    command: ['sh'],
    createdBy: 'wharf image bootstrap busybox',
  };
}

async function findBusybox(): Promise<string> {
  for (const path of places) {
    const usable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return path;
  }
  throw new FailedPreconditionError(`busybox is missing, ${remedy}`);
}

function members(binary: Buffer, applets: readonly string[]): readonly TarMember[] {
  const text = (path: string, content: string, mode = 0o644): TarMember => {
    const body = Buffer.from(content);
    return { path, type: 'file', mode, size: body.length, body };
  };
  const main: TarMember = {
    path: 'bin/busybox',
    type: 'file',
    mode: 0o755,
    size: binary.length,
    body: binary,
  };
  const links = applets
    .filter((path) => path !== 'bin/busybox' && /^(?:usr\/)?s?bin\/[^/]+$/.test(path))
    .map((path): TarMember => ({ path, type: 'hardlink', mode: 0o755, link: 'bin/busybox' }));
  const rest: TarMember[] = [
    ...directories.map(([path, mode]): TarMember => ({
      path: `${path}/`,
      type: 'directory',
      mode,
    })),
    text(
      'etc/passwd',
      accounts.map(([n, u, g, home, shell]) => `${n}:x:${u}:${g}:${n}:${home}:${shell}\n`).join(''),
    ),
    text('etc/group', groups.map(([n, g]) => `${n}:x:${g}:\n`).join('')),
    text('etc/shadow', accounts.map(([n]) => `${n}:*:::::::\n`).join(''), 0o600),
    text('etc/hostname', 'busybox\n'),
    text('etc/hosts', '127.0.0.1\tlocalhost\n'),
    text('etc/resolv.conf', ''),
    text('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
    text('etc/profile', 'export PATH=${PATH:-/usr/sbin:/usr/bin:/sbin:/bin}\n'),
    main,
  ];
  const name = (member: TarMember): Buffer => Buffer.from(String(member.path));
  const sorted = (list: readonly TarMember[]): TarMember[] =>
    [...list].sort((a, b) => Buffer.compare(name(a), name(b)));
  return [...sorted(rest), ...sorted(links)];
}
