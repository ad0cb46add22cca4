import { expect, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { ok, refused } = engine;

test('images lists name, tag, id, age and size', async () => {
  const [head = '', ...lines] = (await ok(['images'])).split('\n');
  expect(head.split(/\s{2,}/)).toEqual(['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'SIZE']);
  const fields = lines.find((line) => line.startsWith('busybox '))?.split(/\s{2,}/);
  expect(fields).toEqual([
    'busybox',
    'latest',
    expect.stringMatching(/^[0-9a-f]{12}$/),
    expect.stringMatching(/ago$/),
    expect.stringMatching(/MB$/),
  ]);
});

test('tag adds names to an image', async () => {
  const id = await ok(['images', '-q', '--no-trunc', 'busybox']);
  await ok(['tag', 'busybox', 'example.test/team/box:v1']);
  await ok(['tag', id, 'box2']);
  const format = ['--format', '{{.Repository}}:{{.Tag}} {{.ID}}', '--no-trunc'];
  const listed = await ok(['images', ...format]);
  expect(listed).toContain(`example.test/team/box:v1 ${id}`);
  expect(listed).toContain(`box2:latest ${id}`);
  await ok(['rmi', 'example.test/team/box:v1', 'box2']);
});

test('tag takes a prefix of the id', async () => {
  const id = await ok(['images', '-q', 'busybox']);
  await ok(['tag', id, 'by-id:1']);
  expect(await ok(['images', '-q', 'by-id'])).toBe(id);
  await ok(['rmi', 'by-id:1']);
});

test('a tag moves to another image', async () => {
  await ok(['tag', 'busybox', 'moving']);
  await ok(['tag', 'busybox', 'moving']);
  expect((await ok(['images', '-q', 'moving'])).split('\n')).toHaveLength(1);
  await ok(['rmi', 'moving']);
});

test.each(['UPPER', 'a:b:c', 'x:-y', 'busybox@sha256:short', ''])(
  'tag to %j is refused',
  async (name) => {
    expect((await refused(['tag', 'busybox', name])).stderr).not.toBe('');
  },
);

test('tag of a missing image is refused', async () => {
  expect((await refused(['tag', 'no-such-image', 'x'])).stderr).toMatch(/no such image/i);
});

test('rmi of one of several names unties it', async () => {
  await ok(['tag', 'busybox', 'extra:1']);
  expect(await ok(['rmi', 'extra:1'])).toBe('Untagged: extra:1');
  expect(await ok(['images', '-q', 'busybox'])).not.toBe('');
  expect((await refused(['rmi', 'extra:1'])).stderr).toMatch(/no such image/i);
});

test('rmi of an image that a container uses is refused', async () => {
  const id = await engine.created(['busybox', 'true']);
  const { code, stderr } = await refused(['rmi', 'busybox']);
  expect(code).toBe(1);
  expect(stderr).toContain(id.slice(0, 12));
});

test('rmi goes on after one that is missing', async () => {
  await ok(['tag', 'busybox', 'there:1']);
  const { code, stdout, stderr } = await engine.cli(['rmi', 'not-there:1', 'there:1']);
  expect(code).toBe(1);
  expect(stdout).toContain('Untagged: there:1');
  expect(stderr).toMatch(/no such image: not-there:1/i);
});

test('image rm and image ls are the same commands', async () => {
  await ok(['tag', 'busybox', 'same:1']);
  expect(await ok(['image', 'ls', '-q', 'same'])).toBe(await ok(['images', '-q', 'same']));
  expect(await ok(['image', 'rm', 'same:1'])).toBe('Untagged: same:1');
});

test.each([
  [['busybox'], 'busybox:latest'],
  [['busybox:latest'], 'busybox:latest'],
  [['busybox:other'], ''],
  [['nothing'], ''],
  [['-f', 'reference=busy*'], 'busybox:latest'],
  [['-f', 'reference=*:latest', '-f', 'dangling=false'], 'busybox:latest'],
  [['-f', 'dangling=true'], ''],
])('images %j gives %j', async (args, expected) => {
  expect(await ok(['images', '--format', '{{.Repository}}:{{.Tag}}', ...args])).toBe(expected);
});

test('a wrong filter is refused', async () => {
  expect((await refused(['images', '-f', 'nonsense=1'])).stderr).toMatch(/nonsense/);
});

test('--no-trunc shows whole ids, --digests the digests', async () => {
  expect(await ok(['images', '-q', '--no-trunc', 'busybox'])).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect((await ok(['images', '--digests'])).split('\n')[0]).toMatch(/TAG\s+DIGEST\s+IMAGE ID/);
});

test('{{json .}} has the fields of docker', async () => {
  expect(JSON.parse(await ok(['images', '--format', '{{json .}}', 'busybox']))).toMatchObject({
    Repository: 'busybox',
    Tag: 'latest',
    ID: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
    CreatedSince: expect.stringMatching(/ago$/) as string,
    CreatedAt: expect.any(String) as string,
    Size: expect.stringMatching(/MB$/) as string,
  });
});

test('an image runs by its id', async () => {
  const id = await ok(['images', '-q', 'busybox']);
  expect((await engine.run([id, 'echo', 'by id'])).stdout).toBe('by id\n');
  const whole = await ok(['images', '-q', '--no-trunc', 'busybox']);
  expect((await engine.run([whole, 'echo', 'by whole id'])).stdout).toBe('by whole id\n');
});
