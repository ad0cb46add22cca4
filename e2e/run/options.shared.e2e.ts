import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';

const engine = useEngine();
const { run } = engine;

/** What a program prints in a container with these flags. */
async function inside(flags: readonly string[], ...command: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run([...flags, 'busybox', ...command]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.replace(/\n$/, '');
}

test('the environment is PATH, HOSTNAME, HOME and what was asked for, alone', async () => {
  const lines = (await inside(['-e', 'A=1', '-h', 'box'], 'env')).split('\n').sort();
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  expect(lines).toEqual(['A=1', 'HOME=/root', 'HOSTNAME=box', path]);
});

test('-e with a name alone takes the value of the client', async () => {
  const args = ['-e', 'WHARF_E2E_A', '-e', 'WHARF_E2E_B', 'busybox', 'env'];
  const { stdout } = await run(args, { env: { WHARF_E2E_A: 'from client' } });
  expect(stdout).toContain('WHARF_E2E_A=from client\n');
  expect(stdout).not.toContain('WHARF_E2E_B');
});

test('-e keeps empty values, equal signs, blanks and newlines', async () => {
  const values = ['-e', 'EMPTY=', '-e', 'EQ=a=b=c', '-e', 'TEXT= two\nlines '];
  const script = 'printf "%s|%s|%s|%s" "${EMPTY-unset}" "$EQ" "$TEXT" "${NONE-unset}"';
  expect(await inside(values, 'sh', '-c', script)).toBe('|a=b=c| two\nlines |unset');
});

test('the last -e of a name wins, and overrides PATH', async () => {
  const flags = ['-e', 'A=1', '-e', 'A=2', '-e', 'PATH=/bin'];
  expect(await inside(flags, 'sh', '-c', 'echo $A $PATH')).toBe('2 /bin');
});

test('--env-file is read line by line, and -e wins', async () => {
  await using dir = await tempDir();
  const file = join(dir.path, 'env');
  await writeFile(file, '# comment\nA=1\n\nB=two words\nC="quoted"\nD=file\n   \nWHARF_E2E_X\n');
  const flags = ['--env-file', file, '-e', 'D=flag'];
  const { stdout } = await run([...flags, 'busybox', 'env'], { env: { WHARF_E2E_X: 'y' } });
  for (const line of ['A=1', 'B=two words', 'C="quoted"', 'D=flag', 'WHARF_E2E_X=y']) {
    expect(stdout).toContain(`${line}\n`);
  }
});

test('--env-file that is missing or wrong gives 125', async () => {
  await using dir = await tempDir();
  const missing = await run(['--env-file', join(dir.path, 'missing'), 'busybox', 'true']);
  expect(missing).toMatchObject({ code: 125 });
  expect(missing.stderr).toContain('missing');
  await writeFile(join(dir.path, 'wrong'), 'A B=1\n');
  expect((await run(['--env-file', join(dir.path, 'wrong'), 'busybox', 'true'])).code).toBe(125);
});

test('-l and --label-file set labels', async () => {
  await using dir = await tempDir();
  const file = join(dir.path, 'labels');
  await writeFile(file, '# comment\nfrom.file=1\nblank=\n');
  const flags = ['-l', 'a=b=c', '--label', 'empty', '--label-file', file];
  const id = await engine.created([...flags, 'busybox', 'true']);
  const labels = JSON.parse(await engine.inspect(id, '{{json .Config.Labels}}')) as unknown;
  expect(labels).toEqual({ a: 'b=c', empty: '', 'from.file': '1', blank: '' });
});

test('-w sets the working folder, and makes it', async () => {
  expect(await inside(['-w', '/tmp'], 'pwd')).toBe('/tmp');
  expect(await inside(['-w', '/new/folder'], 'pwd')).toBe('/new/folder');
  expect(await inside([], 'pwd')).toBe('/');
});

test('-w that is relative gives 125', async () => {
  const { code, stderr } = await run(['-w', 'relative', 'busybox', 'true']);
  expect(code).toBe(125);
  expect(stderr).toMatch(/relative.*absolute/i);
});

test.each([
  ['nobody', '65534 65534 65534'],
  ['65534', '65534 65534 65534'],
  ['1234', '1234 0 0'],
  ['1234:5678', '1234 5678 5678'],
  ['root:nogroup', '0 65534 65534'],
  ['0:0', '0 0 0'],
])('-u %s runs as %s', async (user, ids) => {
  const script = 'echo $(id -u) $(id -g) $(id -G)';
  expect(await inside(['-u', user], 'sh', '-c', script)).toBe(ids);
});

test.each(['no-such-user', '0:no-such-group', '-1', '4294967296'])(
  '-u %s is refused',
  async (user) => {
    const { code, stderr } = await run([`--user=${user}`, 'busybox', 'true']);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/user|group|uid/i);
  },
);

test('HOME is that of the user', async () => {
  expect(await inside(['-u', 'nobody'], 'sh', '-c', 'echo $HOME')).toBe('/home');
  expect(await inside(['-u', '1234'], 'sh', '-c', 'echo $HOME')).toBe('/');
});

test('--group-add adds groups by name and number', async () => {
  const flags = ['--group-add', 'nogroup', '--group-add', '777'];
  expect((await inside(flags, 'id', '-G')).split(' ').sort()).toEqual(['0', '65534', '777']);
});

test('--entrypoint replaces the entrypoint and drops the command of the image', async () => {
  expect(await inside(['--entrypoint', 'echo'], 'a', 'b')).toBe('a b');
  expect(await inside(['--entrypoint', '/bin/pwd'])).toBe('/');
});

test('an empty --entrypoint and no command is refused', async () => {
  const { code, stderr } = await run(['--entrypoint', '', 'busybox']);
  expect(code).toBe(125);
  expect(stderr).toMatch(/no command specified/i);
});

test('without a command the image gives it', async () => {
  const { stdout } = await run(['-i', 'busybox'], { stdin: 'echo from sh' });
  expect(stdout).toBe('from sh\n');
});

test('-h and --domainname set the names of the host', async () => {
  const flags = ['-h', 'box', '--domainname', 'example.test'];
  const script = 'hostname; cat /proc/sys/kernel/domainname; cat /etc/hostname';
  expect(await inside(flags, 'sh', '-c', script)).toBe('box\nexample.test\nbox');
});

test('the host name is the short id otherwise', async () => {
  const id = await engine.container(['busybox', 'sleep', '60']);
  expect(await engine.ok(['exec', id, 'hostname'])).toBe(id.slice(0, 12));
});

test('/etc/hosts names localhost', async () => {
  expect(await inside([], 'cat', '/etc/hosts')).toMatch(/^127\.0\.0\.1\s+localhost$/m);
});

test('--init puts an init before the program', async () => {
  const script = 'echo $$; cat /proc/1/comm; exit 3';
  const { code, stdout } = await run(['--init', 'busybox', 'sh', '-c', script]);
  expect(code).toBe(3);
  expect(stdout).toMatch(/^(?!1\n)\d+\n\S*init\n$/);
});

test('without --init the program is process 1', async () => {
  expect(await inside([], 'sh', '-c', 'echo $$')).toBe('1');
});

test('--pid host sees the processes of the host', async () => {
  expect(await inside(['--pid', 'host'], 'sh', '-c', 'test $$ != 1 && echo yes')).toBe('yes');
});

test('--pid container: sees the processes of that container', async () => {
  const id = await engine.container(['busybox', 'sleep', '4242']);
  const flags = ['--pid', `container:${id}`];
  expect(await inside(flags, 'ps', '-o', 'args')).toContain('sleep 4242');
});

test('--ipc container: shares memory, --ipc none has none', async () => {
  const id = await engine.container(['--ipc', 'shareable', 'busybox', 'sleep', '60']);
  await engine.ok(['exec', id, 'touch', '/dev/shm/shared']);
  expect(await inside(['--ipc', `container:${id}`], 'ls', '/dev/shm')).toBe('shared');
  const { stdout } = await run(['--ipc', 'none', 'busybox', 'grep', '/dev/shm', '/proc/mounts']);
  expect(stdout).toBe('');
});

test('--uts host has the name of the host', async () => {
  const { hostname } = await import('node:os');
  expect(await inside(['--uts', 'host'], 'hostname')).toBe(hostname());
});

test('namespaces are private without such flags', async () => {
  const id = await engine.container(['busybox', 'sleep', '60']);
  const script = 'for n in pid net ipc uts mnt; do readlink /proc/self/ns/$n; done';
  const own = await inside([], 'sh', '-c', script);
  const other = await engine.ok(['exec', id, 'sh', '-c', script]);
  const both = new Set([...own.split('\n'), ...other.split('\n')]);
  expect(both.size).toBe(10);
});

test('--platform of another architecture is refused where the image lacks it', async () => {
  const args = ['--pull', 'never', '--platform', 'linux/s390x', 'busybox', 'true'];
  expect((await run(args)).code).toBe(125);
});
