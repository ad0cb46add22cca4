import { execFileSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { ok, refused, cli, run } = engine;

const work =
  'echo 1 >/new; mkdir /dir; echo 2 >/dir/f; rm /etc/group; echo 3 >>/etc/passwd; ln -s /new /link; touch /done';
const changed = async (flags: readonly string[] = []): Promise<string> => {
  const id = await engine.container([...flags, 'busybox', 'sh', '-c', `${work}; exec sleep 600`]);
  await expect.poll(async () => (await cli(['exec', id, 'test', '-e', '/done'])).code).toBe(0);
  return id;
};
const image = (name: string): string => {
  onTestFinished(async () => void (await cli(['rmi', '-f', name])));
  return name;
};
const lines = (text: string): string[] => text.split('\n').sort();

const differences = [
  'A /dir',
  'A /dir/f',
  'A /done',
  'A /link',
  'A /new',
  'C /etc',
  'C /etc/passwd',
  'D /etc/group',
];

test('diff tells what was added, changed and deleted, and nothing that the engine did', async () => {
  const id = await changed();
  expect(lines(await ok(['diff', id]))).toEqual(differences);
  await ok(['stop', '-t', '0', id]);
  expect(lines(await ok(['diff', id]))).toEqual(differences);
  const idle = await engine.container(['busybox', 'sleep', '600']);
  expect(await ok(['diff', idle])).toBe('');
});

test('diff shows places that a mount needed', async () => {
  const id = await changed(['-v', '/tmp:/mnt/deep']);
  expect(lines(await ok(['diff', id]))).toEqual([...differences, 'A /mnt', 'A /mnt/deep'].sort());
});

test('commit makes an image that has the changes and the config', async () => {
  const id = await changed(['-e', 'A=1', '-l', 'l=v', '-w', '/dir', '--user', '0:0']);
  const name = image('committed:one');
  const digest = await ok([
    'commit',
    '-a',
    'me',
    '-m',
    'why',
    '-c',
    'CMD ["cat", "/dir/f"]',
    '-c',
    'ENV B=2',
    id,
    name,
  ]);
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect((await run([name])).stdout).toBe('2\n');
  const script = 'cat /new /etc/passwd; ls /etc/group; readlink /link; pwd; echo $A$B';
  const result = await run([name, 'sh', '-c', script]);
  expect(result.stdout).toMatch(/^1\n[^]*\n3\n\/new\n\/dir\n12\n$/);
  expect(result.stderr).toContain('/etc/group');
  const format =
    '{{.Author}} {{.Config.Cmd}} {{.Config.WorkingDir}} {{.Config.User}} {{.Config.Labels.l}} {{len .RootFS.Layers}}';
  expect(await ok(['image', 'inspect', '-f', format, name])).toBe('me [cat /dir/f] /dir 0:0 v 2');
  const history = await ok([
    'history',
    '--no-trunc',
    '--format',
    '{{.CreatedBy}}|{{.Comment}}',
    name,
  ]);
  expect(history.split('\n')[0]).toBe(`sh -c ${work}; exec sleep 600|why`);
});

test('an image without a name is dangling, a bad name is refused', async () => {
  const id = await changed();
  const digest = image(await ok(['commit', id]));
  expect(await ok(['images', '-q', '--no-trunc', '-f', 'dangling=true'])).toContain(digest);
  expect((await refused(['commit', id, 'BAD:NAME'])).stderr).toContain('must be lowercase');
  expect((await refused(['commit', 'no-such-one', 'a:1'])).stderr).toMatch(/no such container/i);
  expect((await refused(['commit', '-c', 'RUN true', id])).code).toBe(1);
});

test('a running container is paused meanwhile and runs on, a paused one stays paused', async () => {
  const id = await changed();
  image(await ok(['commit', id]));
  expect(await engine.inspect(id, '{{.State.Status}}')).toBe('running');
  await ok(['pause', id]);
  image(await ok(['commit', id]));
  expect(await engine.inspect(id, '{{.State.Status}}')).toBe('paused');
  await ok(['unpause', id]);
  image(await ok(['commit', '--pause=false', id]));
  const actions = await engine.events([`container=${id}`], '{{.Action}}');
  // Docker unpauses when the commit is over, Wharf when the layer is packed.
  const kinds = actions.filter((action) => /pause|commit/.test(action));
  expect(kinds.sort()).toEqual([
    'commit',
    'commit',
    'commit',
    'pause',
    'pause',
    'unpause',
    'unpause',
  ]);
});

test('a stopped container, and the image of an image', async () => {
  const id = await changed();
  await ok(['stop', '-t', '0', id]);
  const first = image('committed:first');
  await ok(['commit', id, first]);
  const next = await engine.container([
    first,
    'sh',
    '-c',
    'rm -r /dir; mkdir /dir; echo 4 >/dir/g',
  ]);
  await ok(['wait', next]);
  const second = image('committed:second');
  await ok(['commit', next, second]);
  expect((await run([second, 'sh', '-c', 'ls /dir; cat /new'])).stdout).toBe('g\n1\n');
});

test('nothing changed: an image with the same layers', async () => {
  const id = await engine.created(['busybox', 'true']);
  const name = image('committed:same');
  await ok(['commit', '-c', 'LABEL x=y', id, name]);
  expect(await ok(['image', 'inspect', '-f', '{{len .RootFS.Layers}}', name])).toBe('1');
});

test('export is the root without volumes, running or not', async () => {
  const id = await changed(['-v', '/etc:/mnt']);
  const names = async (): Promise<string[]> => {
    const { code, stdoutBytes } = await cli(['export', id]);
    expect(code).toBe(0);
    const options = { input: stdoutBytes, maxBuffer: 1 << 26 };
    return execFileSync('tar', ['-tf', '-'], options).toString().trim().split('\n');
  };
  const running = await names();
  expect(running).toEqual(
    expect.arrayContaining(['new', 'dir/', 'dir/f', 'etc/passwd', 'mnt/', 'link']),
  );
  expect(running).not.toContain('etc/group');
  expect(running.filter((name) => name.startsWith('mnt/'))).toEqual(['mnt/']);
  await ok(['stop', '-t', '0', id]);
  expect(await names()).toEqual(running);
});

test('what is exported can be imported', async () => {
  const id = await changed();
  const { stdoutBytes } = await cli(['export', id]);
  const name = image('committed:imported');
  await ok(['import', '-', name], { stdin: stdoutBytes });
  expect((await run([name, 'cat', '/dir/f'])).stdout).toBe('2\n');
});
