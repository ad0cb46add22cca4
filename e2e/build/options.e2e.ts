import { expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { building, lines } from '../support/builds.js';

/** What Docker 20.10 does not have, or not with BuildKit. */
const engine = useEngine({ space: true });
const { built, failed, folder, read } = building(engine);

test('limits of RUN: --ulimit, --shm-size, -m', async () => {
  const context = await folder({
    Dockerfile: lines(
      'FROM busybox',
      'RUN ulimit -n >/files; df -k /dev/shm | tail -n 1 | tr -s " " | cut -d" " -f2 >/shm',
      'RUN cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null >/memory; true',
    ),
  });
  const flags = ['--ulimit', 'nofile=123:456', '--shm-size', '7m', '-m', '64m'];
  await built([...flags, '-t', 'own-limits', context]);
  expect(await read('own-limits', '/files')).toBe('123');
  expect(await read('own-limits', '/shm')).toBe(`${7 * 1024}`);
  expect(await read('own-limits', '/memory')).toBe(`${64 * 1024 * 1024}`);
});

test('--network NAME reaches the containers of a network by their names', async () => {
  await engine.ok(['network', 'create', 'own-net']);
  const server = 'echo there | nc -l -p 7000';
  const loop = ['busybox', 'sh', '-c', `while true; do ${server}; done`];
  await engine.ok(['run', '-d', '--name', 'own-server', '--network', 'own-net', ...loop]);
  const context = await folder({
    Dockerfile: lines(
      'FROM busybox',
      'RUN for i in 1 2 3 4 5; do nc own-server 7000 </dev/null >/said && break; sleep 0.2; done',
      'RUN --network=none ip route | wc -l >/none',
    ),
  });
  await built(['--network', 'own-net', '-t', 'own-named', context]);
  expect(await read('own-named', '/said')).toBe('there');
  expect(await read('own-named', '/none')).toBe('0');
  const { stderr } = await failed(['--network', 'nosuch', '--no-cache', context]);
  expect(stderr).toContain('nosuch');
  await engine.ok(['rm', '-f', 'own-server']);
  await engine.ok(['network', 'rm', 'own-net']);
});

test('--no-cache-filter executes the steps of these stages again', async () => {
  const unique = (path: string): string => `RUN cat /proc/sys/kernel/random/uuid >${path}`;
  const context = await folder({
    Dockerfile: lines(
      'FROM busybox AS one',
      unique('/1'),
      'FROM busybox AS two',
      unique('/2'),
      'FROM busybox',
      'COPY --from=one /1 /1',
      'COPY --from=two /2 /2',
    ),
  });
  await built(['-t', 'own-filter:1', context]);
  await built(['--no-cache-filter', 'two', '-t', 'own-filter:2', context]);
  expect(await read('own-filter:2', '/1')).toBe(await read('own-filter:1', '/1'));
  expect(await read('own-filter:2', '/2')).not.toBe(await read('own-filter:1', '/2'));
});

test('--build-context: a directory, an image, a stage, and instead of an image', async () => {
  const context = await folder({
    Dockerfile: lines(
      'FROM scratch AS files',
      'COPY own /from-stage',
      'FROM named',
      'COPY --from=directory /sub/a /a',
      'COPY --from=picture /etc/passwd /passwd',
      'COPY --from=same /from-stage /b',
    ),
    own: 'own',
  });
  const other = await folder({ 'sub/a': 'other', '.dockerignore': 'no' });
  const contexts = [
    'named=docker-image://busybox',
    `directory=${other}`,
    'picture=docker-image://busybox:latest',
    'same=target:files',
  ].flatMap((value) => ['--build-context', value]);
  await built([...contexts, '-t', 'own-contexts', context]);
  expect(await read('own-contexts', '/a')).toBe('other');
  expect(await read('own-contexts', '/b')).toBe('own');
  expect(await read('own-contexts', '/passwd')).toContain('root:x:0:0');
});

test('an image that was built is a base by its id', async () => {
  const context = await folder({ Dockerfile: lines('FROM busybox', 'RUN echo x >/x') });
  const id = await engine.ok(['build', '-q', context]);
  const next = await folder({ Dockerfile: lines(`FROM ${id}`, 'RUN cat /x >y') });
  await built(['-t', 'own-by-id', next]);
  expect(await read('own-by-id', '/y')).toBe('x');
});

test('a step that needs an agent is refused without one', async () => {
  const context = await folder({
    Dockerfile: lines('FROM busybox', 'RUN --mount=type=ssh,required=true true'),
  });
  const { stderr } = await failed([context], { env: { SSH_AUTH_SOCK: undefined } });
  expect(stderr).toMatch(/ssh/);
});
