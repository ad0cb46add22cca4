import { expect, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { ok, refused, inspect } = engine;

/** What scripts read; both engines may have more. */
interface Inspected {
  readonly Id: string;
  readonly [field: string]: unknown;
}

async function whole(name: string): Promise<Inspected> {
  const list = JSON.parse(await ok(['inspect', name])) as Inspected[];
  expect(list).toHaveLength(1);
  return list[0]!;
}

const anyString = expect.any(String) as string;

test('the fields that scripts read are there', async () => {
  const flags = ['--name', 'shape', '-e', 'A=1', '-l', 'x=y', '-w', '/tmp', '-u', '1:2'];
  const id = await engine.container([...flags, '-h', 'box', 'busybox', 'sleep', '600']);
  expect(await whole('shape')).toMatchObject({
    Id: id,
    Name: '/shape',
    Created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/) as string,
    Path: 'sleep',
    Args: ['600'],
    Image: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
    RestartCount: 0,
    Driver: anyString,
    State: {
      Status: 'running',
      Running: true,
      Paused: false,
      Restarting: false,
      OOMKilled: false,
      Dead: false,
      Pid: expect.any(Number) as number,
      ExitCode: 0,
      Error: '',
      StartedAt: anyString,
      FinishedAt: '0001-01-01T00:00:00Z',
    },
    Config: {
      Hostname: 'box',
      User: '1:2',
      Tty: false,
      OpenStdin: false,
      Env: expect.arrayContaining(['A=1']) as string[],
      Cmd: ['sleep', '600'],
      Image: 'busybox',
      WorkingDir: '/tmp',
      Entrypoint: null,
      Labels: { x: 'y' },
    },
    HostConfig: {
      NetworkMode: 'none',
      AutoRemove: false,
      Privileged: false,
      ReadonlyRootfs: false,
      RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
      Memory: 0,
    },
    Mounts: [],
  });
});

test('a container that has ended shows its code and times', async () => {
  const id = await engine.container(['busybox', 'sh', '-c', 'exit 9']);
  await ok(['wait', id]);
  const { State } = await whole(id);
  expect(State).toMatchObject({ Status: 'exited', Running: false, Pid: 0, ExitCode: 9 });
});

test('an error of the start is kept', async () => {
  await engine.cli(['run', '--name', 'failed', '--network', 'none', 'busybox', '/nothing']);
  expect(await inspect('failed', '{{.State.Error}}')).toContain('/nothing');
  await ok(['rm', 'failed']);
});

test.each([
  ['{{.State.Running}}', 'true'],
  ['{{.Config.Image}}', 'busybox'],
  ['{{json .Config.Cmd}}', '["sleep","600"]'],
  ['{{index .Config.Cmd 1}}', '600'],
  ['{{index .Config.Labels "com.example.a-b"}}', 'dashed'],
  ['{{range .Config.Cmd}}<{{.}}>{{end}}', '<sleep><600>'],
  ['{{if .State.Running}}up{{else}}down{{end}}', 'up'],
  ['{{len .Args}}', '1'],
  ['{{printf "%s-%d" .Path .RestartCount}}', 'sleep-0'],
  ['{{.HostConfig.RestartPolicy.Name}}', 'no'],
  ['{{join .Config.Cmd "+"}}', 'sleep+600'],
  ['{{upper .Path}} {{title .Path}}', 'SLEEP Sleep'],
  ['{{with .State}}{{.Status}}{{end}}', 'running'],
  ['{{eq .Path "sleep"}}', 'true'],
  ['{{ .Path | printf "%q" }}', '"sleep"'],
  ['{{range $k, $v := .Config.Labels}}{{$k}}={{$v}}{{end}}', 'com.example.a-b=dashed'],
  ['no field', 'no field'],
])('-f %s gives %s', async (template, expected) => {
  const name = 'templates';
  if ((await engine.cli(['inspect', name])).code !== 0) {
    const flags = ['--network', 'none', '--name', name, '-l', 'com.example.a-b=dashed'];
    await ok(['run', '-d', ...flags, 'busybox', 'sleep', '600']);
  }
  expect(await inspect(name, template)).toBe(expected);
});

test('several objects give several entries, in order', async () => {
  const a = await engine.created(['busybox', 'true']);
  const b = await engine.created(['busybox', 'true']);
  const list = JSON.parse(await ok(['inspect', b, a])) as Inspected[];
  expect(list.map(({ Id }) => Id)).toEqual([b, a]);
  expect(await ok(['inspect', '-f', '{{.Id}}', a, b])).toBe(`${a}\n${b}`);
});

test('what is missing is named, the rest is printed', async () => {
  const id = await engine.created(['busybox', 'true']);
  const { code, stdout, stderr } = await engine.cli(['inspect', 'no-such-one', id]);
  expect(code).toBe(1);
  expect((JSON.parse(stdout) as Inspected[]).map(({ Id }) => Id)).toEqual([id]);
  expect(stderr).toMatch(/no such object: no-such-one/i);
});

test('nothing found prints an empty list', async () => {
  const { code, stdout } = await engine.cli(['inspect', 'no-such-one']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toEqual([]);
});

test('a wrong template is refused', async () => {
  const id = await engine.created(['busybox', 'true']);
  expect((await refused(['inspect', '-f', '{{.Id', id])).stderr).toMatch(/template/i);
  expect((await refused(['inspect', '-f', '{{.NoSuch.Field}}', id])).code).not.toBe(0);
});

test('--type chooses between images and containers of one name', async () => {
  await engine.created(['--name', 'busybox', 'busybox', 'true']);
  expect(await ok(['inspect', '-f', '{{.Name}}', 'busybox'])).toBe('/busybox');
  const image = ['inspect', '--type', 'image', '-f', '{{index .RepoTags 0}}', 'busybox'];
  expect(await ok(image)).toBe('busybox:latest');
  const missing = await refused(['inspect', '--type', 'container', 'no-such-one']);
  expect(missing.stderr).toMatch(/no such container: no-such-one/i);
});

test('container inspect and image inspect look at their kind alone', async () => {
  const id = await engine.created(['busybox', 'true']);
  expect(await ok(['container', 'inspect', '-f', '{{.Id}}', id])).toBe(id);
  expect((await refused(['image', 'inspect', id])).stderr).toMatch(/no such image/i);
});

test('-s adds sizes', async () => {
  const id = await engine.created(['busybox', 'true']);
  expect(await ok(['inspect', '-s', '-f', '{{.SizeRw}}', id])).toBe('0');
  expect(Number(await ok(['inspect', '-s', '-f', '{{.SizeRootFs}}', id]))).toBeGreaterThan(1e6);
});

test('an image shows its configuration', async () => {
  const image = JSON.parse(await ok(['image', 'inspect', 'busybox'])) as unknown;
  expect(image).toMatchObject([
    {
      Id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      RepoTags: ['busybox:latest'],
      Os: 'linux',
      Architecture: expect.any(String) as string,
      Size: expect.any(Number) as number,
      Config: { Cmd: ['sh'], Env: [expect.stringMatching(/^PATH=/) as string] },
      RootFS: { Type: 'layers', Layers: [expect.stringMatching(/^sha256:/) as string] },
    },
  ]);
});
