import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { addon, buildAndLoad, temporaryFolder } from './fixture.js';

buildAndLoad();

const machine = process.arch === 'arm64' ? 'aarch64' : 'x64';
const manifest = createRequire(import.meta.url).resolve(`@oven/bun-linux-${machine}/package.json`);
const bun = join(dirname(manifest), 'bin', 'bun');

const program = `
import { readFileSync, openSync, closeSync, readlinkSync } from 'node:fs';
import { loadNative, PR_SET_CHILD_SUBREAPER } from '${join(import.meta.dirname, 'index.ts')}';
const native = loadNative();
const dir = process.argv.at(-1);
native.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
const pty = native.openPty();
native.setWindowSize(pty.master, 20, 60);
const listener = native.unixListen(dir + '/socket', 1);
const client = native.unixConnect(dir + '/socket');
const server = native.accept(listener, 1000);
native.sendFd(client, pty.slave, new TextEncoder().encode('pty'));
const received = native.receiveFd(server, 1000);
const out = openSync(dir + '/out', 'w');
const pid = native.spawnDetached({
  file: '/bin/sh',
  argv: ['sh', '-c', 'i=3; while [ $i -lt 80 ]; do [ -e /proc/$$/fd/$i ] && echo $i; i=$((i+1)); done; exit 5'],
  env: ['PATH=/usr/bin:/bin'],
  cwd: '/',
  stdio: [received.fd, out, out],
  newMountNamespace: true,
});
closeSync(out);
let status = null;
while ((status = native.waitpid(pid)) === null) await Bun.sleep(5);
let failure;
try {
  native.spawnDetached({ file: '/missing', argv: ['x'], env: [], cwd: '/' });
} catch (error) {
  failure = [error instanceof Error, error.code, error.errno, error.syscall];
}
const profile = await native.compileSeccomp(0x50001, [], [{ names: ['read'], action: 0x7fff0000 }]);
console.log(JSON.stringify({
  size: native.getWindowSize(received.fd),
  same: readlinkSync('/proc/self/fd/' + received.fd) === readlinkSync('/proc/self/fd/' + pty.slave),
  data: new TextDecoder().decode(received.data),
  code: status.code,
  fds: readFileSync(dir + '/out', 'utf8'),
  peer: native.peerCredentials(server).pid === process.pid,
  failure,
  instructions: profile.bpf.length % 8,
}));
`;

const expected = {
  size: { rows: 20, columns: 60 },
  same: true,
  data: 'pty',
  code: 5,
  fds: '',
  peer: true,
  failure: [true, 'ENOENT', 2, 'execve'],
  instructions: 0,
};

test('the addon works under Bun', () => {
  using dir = temporaryFolder();
  const file = join(dir.path, 'program.ts');
  writeFileSync(file, program);
  const argv = ['run', '--conditions', '@wharf/source', file, dir.path];
  expect(JSON.parse(execFileSync(bun, argv, { encoding: 'utf8' }))).toEqual(expected);
});

test('an executable compiled by Bun loads it from ../lib, away from the source tree', () => {
  using dir = temporaryFolder();
  const at = (path: string): string => join(dir.path, path);
  for (const path of ['bin', 'lib']) mkdirSync(at(path));
  copyFileSync(addon, at('lib/wharf-native.node'));
  writeFileSync(at('program.ts'), program);
  const build = ['build', '--compile', '--conditions', '@wharf/source', at('program.ts')];
  execFileSync(bun, [...build, '--outfile', at('bin/program')], { stdio: 'pipe', cwd: dir.path });
  const out = execFileSync(at('bin/program'), [dir.path], { encoding: 'utf8', cwd: '/' });
  expect(JSON.parse(out)).toEqual(expected);
});
