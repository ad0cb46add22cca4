import { readFile, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run, tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { building, lines } from '../support/builds.js';

const engine = useEngine({ space: true });
const { built, failed, folder, read } = building(engine);

test('--build-arg gives a value, and a bare name the one of the environment', async () => {
  const context = await folder({
    Dockerfile: lines(
      'ARG base=nosuch',
      'FROM $base',
      'ARG one=default',
      'ARG two',
      'ARG three=default',
      'RUN echo "$one,$two,$three" >/args',
    ),
  });
  const args = ['base=busybox', 'one=given', 'two', 'three='];
  const flags = args.flatMap((arg) => ['--build-arg', arg]);
  await built([...flags, '-t', 'options-args', context], { env: { two: 'from outside' } });
  expect(await read('options-args', '/args')).toBe('given,from outside,');
});

test('--label and --target', async () => {
  const context = await folder({
    Dockerfile: lines(
      'FROM busybox AS first',
      'LABEL a=file b=file',
      'FROM first AS second',
      'RUN exit 1',
    ),
  });
  const flags = ['--label', 'b=flag', '--label', 'c=d e', '--target', 'FIRST'];
  await built([...flags, '-t', 'options-labels', context]);
  expect(JSON.parse(await engine.inspect('options-labels', '{{json .Config.Labels}}'))).toEqual({
    a: 'file',
    b: 'flag',
    c: 'd e',
  });
});

test('--add-host reaches RUN, and stays out of the image', async () => {
  const context = await folder({
    Dockerfile: lines('FROM busybox', 'RUN grep some-host /etc/hosts >/hosts'),
  });
  await built(['--add-host', 'some-host:192.0.2.77', '-t', 'options-hosts', context]);
  expect(await read('options-hosts', '/hosts')).toMatch(/^192\.0\.2\.77\s+some-host$/);
  const hosts = await engine.ok([
    ...['run', '--rm', '--network', 'none', 'options-hosts'],
    ...['cat', '/etc/hosts'],
  ]);
  expect(hosts).not.toContain('some-host');
});

test('--network none has the loopback interface alone; host has those of the host', async () => {
  const context = await folder({
    Dockerfile: lines('FROM busybox', 'RUN ls /sys/class/net >/net'),
  });
  await built(['--network', 'none', '-t', 'options-net-none', context]);
  expect(await read('options-net-none', '/net')).toBe('lo');
  await built(['--network', 'host', '-t', 'options-net-host', context]);
  expect((await read('options-net-host', '/net')).split('\n')).toContain('up0');
});

test('RUN has a network unless told otherwise', async () => {
  const context = await folder({
    Dockerfile: lines('FROM busybox', 'RUN ip route | grep -c ^default >/routes'),
  });
  await built(['-t', 'options-net', context]);
  expect(await read('options-net', '/routes')).toBe('1');
});

test('--output local writes the files of a stage, tar an archive of them', async () => {
  const context = await folder({
    Dockerfile: lines(
      'FROM busybox AS all',
      'RUN mkdir /d && echo x >/d/x && chmod 750 /d && ln -s x /d/l',
      'FROM scratch',
      'COPY --from=all /d /out/d',
    ),
  });
  await using to = await tempDir();
  await built(['--output', `type=local,dest=${to.path}/tree`, context]);
  expect(await readdir(join(to.path, 'tree/out/d'))).toEqual(['l', 'x']);
  expect(await readFile(join(to.path, 'tree/out/d/l'), 'utf8')).toBe('x\n');
  await built(['-o', `${to.path}/short`, context]);
  expect(await readdir(to.path)).toEqual(['short', 'tree']);
  await built(['-o', `type=tar,dest=${to.path}/files.tar`, context]);
  const listed = await run('tar', ['-tf', join(to.path, 'files.tar')]);
  expect(listed.stdout.split('\n').filter(Boolean).sort()).toEqual([
    'out/',
    'out/d/',
    'out/d/l',
    'out/d/x',
  ]);
});

test('a secret is a file of one step, and in no layer', async () => {
  const context = await folder({
    Dockerfile: lines(
      'FROM busybox',
      'RUN --mount=type=secret,id=one,required=true sha256sum </run/secrets/one >/sum',
      'RUN --mount=type=secret,id=two,target=/etc/two,mode=0440,uid=5 stat -c "%a %u" /etc/two >/mode',
      'RUN ls /run/secrets 2>/dev/null >/left || true',
    ),
    secret: 'hush',
  });
  const flags = [
    '--secret',
    `id=one,src=${context}/secret`,
    '--secret',
    `id=two,src=${context}/secret`,
  ];
  await built([...flags, '-t', 'options-secret', context]);
  expect(await read('options-secret', '/mode')).toBe('440 5');
  expect(await read('options-secret', '/left')).toBe('');
  const sum = await read('options-secret', '/sum');
  const wanted = await run('sha256sum', [], { stdin: 'hush' });
  expect(sum).toBe(wanted.stdout.trim());
  const { stderr } = await failed(['--no-cache', context]);
  expect(stderr).toMatch(/secret.*one|one.*not found/);
});

test('--ssh gives a step the agent of the caller', async () => {
  const context = await folder({
    Dockerfile: lines(
      'FROM busybox',
      'RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK" && echo "$SSH_AUTH_SOCK" >/socket',
      'RUN test -z "$SSH_AUTH_SOCK"',
    ),
  });
  await using place = await tempDir();
  const socket = join(place.path, 'agent');
  const agent = createServer((connection) => void connection.end());
  agent.listen(socket);
  await once(agent, 'listening');
  onTestFinished(() => void agent.close());
  await built(['--ssh', 'default', '-t', 'options-ssh', context], {
    env: { SSH_AUTH_SOCK: socket },
  });
  expect(await read('options-ssh', '/socket')).toMatch(/^\/run\/.*agent/);
  const other = await folder({
    Dockerfile: lines('FROM busybox', 'RUN --mount=type=ssh,id=other test -S "$SSH_AUTH_SOCK"'),
  });
  await built(['--ssh', `other=${socket}`, other]);
});

test('triggers of a base are executed by who builds on it', async () => {
  const base = await folder({
    Dockerfile: lines('FROM busybox', 'ONBUILD COPY a /a', 'ONBUILD RUN echo "$(cat /a)!" >/b'),
  });
  await built(['-t', 'options-onbuild', base]);
  const context = await folder({
    Dockerfile: lines('FROM options-onbuild', 'CMD true'),
    a: 'mine',
  });
  await built(['-t', 'options-onbuilt', context]);
  expect(await read('options-onbuilt', '/b')).toBe('mine!');
  expect(await engine.inspect('options-onbuilt', '{{json .Config.OnBuild}}')).toMatch(
    /^(null|\[\])$/,
  );
});
