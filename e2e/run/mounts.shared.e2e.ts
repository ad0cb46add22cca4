import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';

const engine = useEngine();
const { run } = engine;

async function folder(): Promise<string> {
  const dir = await tempDir();
  onTestFinished(() => dir.remove());
  return dir.path;
}

test('-v binds a folder for reading and writing', async () => {
  const dir = await folder();
  await writeFile(join(dir, 'in'), 'from host');
  const script = 'cat /data/in; echo from container > /data/out';
  const { stdout } = await run(['-v', `${dir}:/data`, 'busybox', 'sh', '-c', script]);
  expect(stdout).toBe('from host');
  expect(await readFile(join(dir, 'out'), 'utf8')).toBe('from container\n');
});

test('-v with ro refuses to write', async () => {
  const dir = await folder();
  const { code, stderr } = await run(['-v', `${dir}:/data:ro`, 'busybox', 'touch', '/data/x']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/read-only file system/i);
});

test('-v makes a source folder that is missing', async () => {
  const dir = await folder();
  const source = join(dir, 'made/for/me');
  expect((await run(['-v', `${source}:/data`, 'busybox', 'touch', '/data/x'])).code).toBe(0);
  expect((await stat(source)).isDirectory()).toBe(true);
});

test('-v binds a single file', async () => {
  const dir = await folder();
  const file = join(dir, 'file');
  await writeFile(file, 'one file\n');
  const { stdout } = await run(['-v', `${file}:/etc/one:ro`, 'busybox', 'cat', '/etc/one']);
  expect(stdout).toBe('one file\n');
});

test('a bind hides what the image has there, and makes target folders', async () => {
  const dir = await folder();
  const args = ['-v', `${dir}:/var/www`, '-v', `${dir}:/deep/er/est`, 'busybox'];
  expect(await run([...args, 'ls', '/var/www', '/deep/er/est'])).toMatchObject({
    code: 0,
    stdout: '/deep/er/est:\n\n/var/www:\n',
  });
});

test('a source that is a symbolic link is followed on the host', async () => {
  const dir = await folder();
  await mkdir(join(dir, 'real'));
  await writeFile(join(dir, 'real/file'), 'followed');
  await symlink('real', join(dir, 'link'));
  const args = ['-v', `${dir}/link:/data`, 'busybox', 'cat', '/data/file'];
  expect((await run(args)).stdout).toBe('followed');
});

test('a target link of the image is resolved inside the container', async () => {
  const dir = await folder();
  await writeFile(join(dir, 'canary'), 'host');
  // The image's own link: /bin/sh leads to busybox.
  await writeFile(join(dir, 'script'), 'replaced\n');
  const args = ['-v', `${dir}/script:/proc/../etc/group`, 'busybox', 'cat', '/etc/group'];
  expect((await run(args)).stdout).toBe('replaced\n');
});

test.each([
  ['relative/path:/data', /invalid|not supported/i],
  ['/tmp:data', /absolute/i],
  ['/tmp:/data:nonsense', /mode|nonsense/i],
  ['/tmp:/', /'?\/'?/],
  ['/a:/b:ro:rw', /invalid/i],
])('-v %s is refused', async (volume, text) => {
  const { code, stderr } = await run(['-v', volume, 'busybox', 'true']);
  expect(code).toBe(125);
  expect(stderr).toMatch(text);
});

test('the same target twice is refused', async () => {
  const args = ['-v', '/tmp:/data', '-v', '/var:/data', 'busybox', 'true'];
  const { code, stderr } = await run(args);
  expect(code).toBe(125);
  expect(stderr).toMatch(/duplicate mount point.*\/data/i);
});

test('--mount type=bind binds, with readonly', async () => {
  const dir = await folder();
  await writeFile(join(dir, 'in'), 'hello');
  const mount = `type=bind,source=${dir},target=/data,readonly`;
  const script = 'cat /data/in; touch /data/x 2>/dev/null || echo " refused"';
  const { stdout } = await run(['--mount', mount, 'busybox', 'sh', '-c', script]);
  expect(stdout).toBe('hello refused\n');
});

test('--mount knows src, dst and ro', async () => {
  const dir = await folder();
  const mount = `type=bind,src=${dir},dst=/data,ro=true`;
  expect((await run(['--mount', mount, 'busybox', 'touch', '/data/x'])).code).toBe(1);
});

test('--mount of a source that is missing is refused and nothing is made', async () => {
  const dir = await folder();
  const source = join(dir, 'missing');
  const args = ['--mount', `type=bind,source=${source},target=/data`, 'busybox', 'true'];
  const { code, stderr } = await run(args);
  expect(code).toBe(125);
  expect(stderr).toContain(source);
  expect(stderr).toMatch(/does not exist/i);
  await expect(stat(source)).rejects.toThrow();
});

test.each([
  'type=bind,source=/tmp',
  'type=bind,target=/data',
  'type=nonsense,target=/data',
  'type=bind,source=/tmp,target=/data,nonsense=1',
  'type=bind,source=/tmp,target=/data,readonly=maybe',
  'type=bind,source=relative,target=/data',
  'type=tmpfs,source=/tmp,target=/data',
])('--mount %s is refused', async (mount) => {
  const { code, stderr } = await run(['--mount', mount, 'busybox', 'true']);
  expect(code).toBe(125);
  expect(stderr).not.toBe('');
});

test('--mount with bind-propagation sets the propagation of the mount', async () => {
  const dir = await folder();
  const mount = `type=bind,source=${dir},target=/data,bind-propagation=rslave`;
  const grep = ['busybox', 'grep', ' /data ', '/proc/self/mountinfo'];
  const { stdout } = await run(['--mount', mount, ...grep]);
  expect(stdout).not.toContain('shared:');
});

test('--tmpfs mounts a memory file system with its options', async () => {
  const script = 'grep " /scratch " /proc/mounts; df -k /scratch | tail -1; touch /scratch/x';
  const args = ['--tmpfs', '/scratch:size=1m,mode=700', 'busybox', 'sh', '-c', script];
  const { code, stdout } = await run(args);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^tmpfs \/scratch tmpfs \S*nosuid\S*nodev\S*noexec\S*mode=700/);
  expect(stdout).toMatch(/\s1024\s/);
});

test('--mount type=tmpfs has size and mode', async () => {
  const mount = 'type=tmpfs,target=/scratch,tmpfs-size=2m,tmpfs-mode=1770';
  const script = 'stat -c %a /scratch; df -k /scratch | tail -1';
  const { stdout } = await run(['--mount', mount, 'busybox', 'sh', '-c', script]);
  expect(stdout).toMatch(/^1770\n.*\s2048\s/);
});

test('--read-only leaves only mounts writable', async () => {
  const dir = await folder();
  const flags = ['--read-only', '-v', `${dir}:/data`, '--tmpfs', '/scratch'];
  const script =
    'touch /x 2>&1; touch /etc/x 2>&1; touch /data/x /scratch/x /dev/shm/x && echo rest';
  const { stdout } = await run([...flags, 'busybox', 'sh', '-c', script]);
  expect(stdout).toMatch(/\/x: Read-only.*\n.*\/etc\/x: Read-only.*\nrest\n$/);
});

test('the root of a container is its own', async () => {
  await run(['busybox', 'sh', '-c', 'echo changed > /etc/passwd; rm -rf /home']);
  expect((await run(['busybox', 'head', '-n1', '/etc/passwd'])).stdout).toMatch(/^root:/);
  expect((await run(['busybox', 'ls', '-d', '/home'])).stdout).toBe('/home\n');
});

test('what a container wrote is there when it starts again', async () => {
  const id = await engine.created(['busybox', 'sh', '-c', 'echo x >> /file; wc -l < /file']);
  expect((await engine.cli(['start', '-a', id])).stdout).toBe('1\n');
  expect((await engine.cli(['start', '-a', id])).stdout).toBe('2\n');
});

test('inspect lists the mounts', async () => {
  const dir = await folder();
  const id = await engine.created(['-v', `${dir}:/data:ro`, 'busybox', 'true']);
  const mounts = JSON.parse(await engine.inspect(id, '{{json .Mounts}}')) as object[];
  expect(mounts).toMatchObject([
    { Type: 'bind', Source: dir, Destination: '/data', Mode: 'ro', RW: false },
  ]);
});
