import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { arch } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import type { ImageInput } from '@wharf/testing';
import { useEngine } from '../support.js';
import { DockerRegistry } from '../support/docker-registry.js';
import { busyboxLayer, noiseLayer } from '../support/images.js';
import { freePort } from '../support/port.js';
import { directory, file, tar } from '../support/tar.js';

const [port, lockedPort] = [await freePort(), await freePort()];
const insecure = [port, lockedPort].flatMap((n) => ['--insecure-registry', `127.0.0.1:${n}`]);
const engine = useEngine({ busybox: false, flags: insecure });
const { cli, ok, refused, run } = engine;

const base = busyboxLayer();
const architecture = arch() === 'x64' ? 'amd64' : arch();
const image = (input: Partial<ImageInput> = {}): ImageInput => ({
  layers: [base],
  architecture,
  ...input,
});
let registry: DockerRegistry;
let locked: DockerRegistry;

beforeAll(async () => {
  registry = await DockerRegistry.start({ port });
  locked = await DockerRegistry.start({ port: lockedPort, auth: true });
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await locked[Symbol.asyncDispose]();
});

const name = (path: string): string => `127.0.0.1:${port}/${path}`;
const short = (digest: string): string => digest.slice('sha256:'.length).slice(0, 12);
const greeting = (text: string): Buffer => tar(file('greeting', text));
const greet = (ref: string): Promise<string> =>
  run([ref, 'cat', '/greeting']).then(({ stdout, stderr }) => stdout + stderr);

test('a tag is pulled with plain lines when piped, and runs', async () => {
  const built = await registry.push('team/app:1', image({ layers: [base, greeting('hello')] }));
  const lines = (await ok(['pull', name('team/app:1')])).split('\n');
  for (const { digest } of built.layers) {
    expect(lines).toContain(`${short(digest)}: Pull complete`);
  }
  expect(lines.join('\n')).not.toMatch(/[\x1b\r]|Using default tag/);
  expect(lines.slice(-3)).toEqual([
    `Digest: ${built.descriptor.digest}`,
    `Status: Downloaded newer image for ${name('team/app:1')}`,
    name('team/app:1'),
  ]);
  expect(await ok(['images', '-q', '--no-trunc', name('team/app')])).toBe(built.config.digest);
  expect(await greet(name('team/app:1'))).toBe('hello');
});

test('the tag is latest unless named', async () => {
  await registry.push('bare:latest', image());
  const out = await ok(['pull', name('bare')]);
  expect(out).toMatch(/^Using default tag: latest$/m);
  expect(out.split('\n').at(-1)).toBe(name('bare:latest'));
});

test('--quiet prints the name alone', async () => {
  await registry.push('quiet:1', image());
  expect(await ok(['pull', '-q', name('quiet:1')])).toBe(name('quiet:1'));
});

test('an image that is there is up to date, and no layer is fetched again', async () => {
  const built = await registry.push('twice:1', image({ layers: [base, greeting('twice')] }));
  await ok(['pull', name('twice:1')]);
  const again = await ok(['pull', name('twice:1')]);
  expect(again).toContain(`Status: Image is up to date for ${name('twice:1')}`);
  expect(again).toContain(`${short(built.layers[1]?.digest ?? '')}: Already exists`);
  expect(registry.gets(built.layers[1]?.digest ?? '')).toBe(1);
});

test('a tag that moved brings the newer image', async () => {
  await registry.push('moving:1', image({ layers: [base, greeting('old')] }));
  await ok(['pull', name('moving:1')]);
  await registry.push('moving:1', image({ layers: [base, greeting('new')] }));
  expect(await ok(['pull', name('moving:1')])).toContain('Status: Downloaded newer image');
  expect(await greet(name('moving:1'))).toBe('new');
});

test('a digest is pulled, and runs by that name', async () => {
  const built = await registry.push('digested:1', image({ layers: [base, greeting('by digest')] }));
  const ref = name(`digested@${built.descriptor.digest}`);
  expect(await ok(['pull', ref])).toContain(`Digest: ${built.descriptor.digest}`);
  expect(await greet(ref)).toBe('by digest');
  expect(await ok(['images', name('digested'), '--format', '{{.Tag}}'])).toBe('<none>');
});

test('an index gives the image of this platform, --platform another', async () => {
  const other = architecture === 'amd64' ? 'arm64' : 'amd64';
  const of = (each: string): ImageInput =>
    image({ layers: [base, greeting(each)], architecture: each });
  const digest = await registry.pushIndex('many:1', [of(other), of(architecture)]);
  expect(await ok(['pull', name('many:1')])).toContain(`Digest: ${digest}`);
  expect(await greet(name('many:1'))).toBe(architecture);
  await ok(['pull', '--platform', `linux/${other}`, name('many:1')]);
  const inspect = ['image', 'inspect', '-f', '{{.Architecture}}'];
  const platform = ['--platform', `linux/${other}`];
  expect(await ok([...inspect, ...platform, name('many:1')])).toBe(other);
  expect(await ok([...inspect, name('many:1')])).toBe(architecture);
  expect((await refused(['pull', '--platform', 'linux/s390x', name('many:1')])).stderr).toMatch(
    /linux\/s390x/,
  );
});

test("an image of Docker's schema 2 runs", async () => {
  const input = image({ layers: [base, greeting('schema 2')] });
  await registry.push('schema2:1', input, ['--format', 'v2s2']);
  await ok(['pull', name('schema2:1')]);
  expect(await greet(name('schema2:1'))).toBe('schema 2');
});

test('layers come as gzip, zstd and uncompressed', async () => {
  const layers = [base, greeting('mixed'), tar(file('other', 'plain'))];
  const built = await registry.push(
    'mixed:1',
    image({ layers, compression: ['gzip', 'zstd', 'none'] }),
  );
  expect(built.layers.map(({ mediaType }) => mediaType.split('.').at(-1))).toEqual([
    'tar+gzip',
    'tar+zstd',
    'tar',
  ]);
  await ok(['pull', name('mixed:1')]);
  expect((await run([name('mixed:1'), 'cat', '/greeting', '/other'])).stdout).toBe('mixedplain');
});

test('a layer of two images is fetched once', async () => {
  const shared = noiseLayer('noise', 300_000);
  const first = await registry.push('sharing:1', image({ layers: [base, shared] }));
  await registry.push('sharing:2', image({ layers: [base, shared, greeting('upper')] }));
  await ok(['pull', name('sharing:1')]);
  await ok(['pull', name('sharing:2')]);
  expect(registry.gets(first.layers[1]?.digest ?? '')).toBe(1);
  expect(await greet(name('sharing:2'))).toBe('upper');
});

test('upper layers change and delete what is below', async () => {
  const lower = tar(directory('d'), file('d/kept', '1'), file('d/gone', '1'), file('d/new', '1'));
  const upper = tar(file('d/.wh.gone', ''), file('d/new', '2'));
  await registry.push('layered:1', image({ layers: [base, lower, upper] }));
  await ok(['pull', name('layered:1')]);
  const script = 'ls /d; cat /d/new';
  expect((await run([name('layered:1'), 'sh', '-c', script])).stdout).toBe('kept\nnew\n2');
});

test('run pulls what is missing', async () => {
  await registry.push('missing:1', image({ layers: [base, greeting('pulled')] }));
  const { code, stdout, stderr } = await run([name('missing:1'), 'cat', '/greeting']);
  expect([code, stdout]).toEqual([0, 'pulled']);
  expect(stderr).toContain('Pull complete');
  expect((await run(['--pull', 'never', name('no-such:1'), 'true'])).code).toBe(125);
});

test('what the registry does not have is refused by name', async () => {
  const { code, stderr } = await refused(['pull', name('no/such:1')]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/no\/such:1.*not found/);
  expect((await run([name('no/such:1'), 'true'])).code).toBe(125);
});

test('plain http is refused for a registry that is not configured for it', async () => {
  await registry.push('http:1', image());
  const { code, stderr } = await refused(['pull', `localhost:${port}/http:1`]);
  expect(code).toBe(1);
  expect(stderr).toContain(`localhost:${port}`);
  expect(await ok(['images', '-q', `localhost:${port}/http`])).toBe('');
});

test("credentials come from docker's config.json", async () => {
  await using home = await tempDir();
  await mkdir(join(home.path, '.docker'));
  const login = (password: string): Promise<void> =>
    writeFile(
      join(home.path, '.docker/config.json'),
      JSON.stringify({
        auths: { [locked.host]: { auth: Buffer.from(`alice:${password}`).toString('base64') } },
      }),
    );
  const env = { HOME: home.path, WHARF_CONFIG: undefined };
  await locked.push('private:1', image({ layers: [base, greeting('private')] }));
  const ref = `${locked.host}/private:1`;

  const without = await refused(['pull', ref], { env });
  expect(without.stderr).toMatch(/unauthor|authent|login/i);
  await login('wrong-password');
  const wrong = await refused(['pull', ref], { env });
  expect(wrong.stderr).toMatch(/unauthor|authent|login/i);
  await login('secret');
  await ok(['pull', ref], { env });
  expect(await greet(ref)).toBe('private');
  const said = without.stderr + wrong.stderr + (await engine.daemon.log());
  expect(said).not.toMatch(/wrong-password|YWxpY2U6/);
});

test('user, environment, entry point and working directory of the image are honoured', async () => {
  const config = {
    User: 'app',
    Env: ['PATH=/bin', 'FROM=image', 'KEPT=yes'],
    Entrypoint: ['sh', '-c', 'echo $0 $FROM $KEPT; pwd; id'],
    Cmd: ['argument'],
    WorkingDir: '/work/made',
    Labels: { of: 'image' },
  };
  await registry.push('config:1', image({ config }));
  await ok(['pull', name('config:1')]);
  const plain = (await run(['-e', 'FROM=user', name('config:1')])).stdout.split('\n');
  expect(plain.slice(0, 2)).toEqual(['argument user yes', '/work/made']);
  expect(plain[2]).toMatch(/^uid=1000\(app\) gid=1001\(staff\) groups=.*1002\(extra\)/);
  const other = ['-u', '0', '-w', '/tmp', '--entrypoint', 'pwd'];
  expect((await run([...other, name('config:1')])).stdout).toBe('/tmp\n');
  const id = await engine.created([name('config:1')]);
  expect(await engine.inspect(id, '{{.Config.Labels.of}} {{json .Config.Entrypoint}}')).toBe(
    `image ${JSON.stringify(config.Entrypoint)}`,
  );
});

test('the stop signal of the image stops its container', async () => {
  const script = 'trap "echo usr1; exit 7" USR1; echo ready; while :; do sleep 0.05; done';
  const config = { Cmd: ['sh', '-c', script], StopSignal: 'SIGUSR1' };
  await registry.push('signal:1', image({ config }));
  await ok(['pull', name('signal:1')]);
  const id = await engine.container([name('signal:1')]);
  await expect.poll(() => ok(['logs', id])).toBe('ready');
  await ok(['stop', '-t', '10', id]);
  expect(await ok(['logs', id])).toBe('ready\nusr1');
  expect(await engine.inspect(id, '{{.State.ExitCode}}')).toBe('7');
});

test('the health check of the image is run', async () => {
  const Healthcheck = { Test: ['CMD-SHELL', 'test -f /tmp/ok'], Interval: 100_000_000, Retries: 1 };
  const config = { Cmd: ['sleep', '600'], Healthcheck };
  await registry.push('health:1', image({ config }));
  await ok(['pull', name('health:1')]);
  const id = await engine.container([name('health:1')]);
  const health = (): Promise<string> => engine.inspect(id, '{{.State.Health.Status}}');
  await expect.poll(health, { timeout: 10_000 }).toBe('unhealthy');
  await ok(['exec', id, 'touch', '/tmp/ok']);
  await expect.poll(health, { timeout: 10_000 }).toBe('healthy');
});

test('an image without a command is refused at run', async () => {
  await registry.push('empty:1', image());
  await ok(['pull', name('empty:1')]);
  const { code, stderr } = await cli(['run', '--rm', '--network', 'none', name('empty:1')]);
  expect(code).toBe(125);
  expect(stderr).toMatch(/no command/i);
});
