import type { Container, ContainerState, ListOptions } from '@wharf/core';
import { expect, test } from 'vitest';
import { wharf } from '../../testing/test-cli.js';
import { fakeEngine, someContainer, someId } from '../../testing/test-engine.js';

const now = new Date('2026-01-31T12:00:00Z');
const process = { pid: 7, startTicks: 1n, bootId: 'x' };
const running: ContainerState = {
  status: 'running',
  process,
  shim: process,
  startedAt: new Date('2026-01-31T11:59:57Z'),
  health: { status: 'healthy', failingStreak: 0, log: [] },
};
const base = someContainer();
const web = someContainer({
  state: running,
  resolved: {
    ...base.resolved,
    entrypoint: ['/bin/sh', '-c'],
    command: ['echo "a long\nline"'],
    labels: { b: '2', a: '1' },
    mounts: [
      {
        kind: 'bind',
        name: '',
        source: '/srv/a/long/directory',
        target: '/x',
        driver: '',
        mode: '',
        readWrite: true,
        propagation: 'rprivate',
      },
    ],
  },
  sizeRw: 1500,
  sizeRootFs: 2_000_000,
});

async function ps(argv: string[], containers: readonly Container[] = [web]) {
  const asked: Omit<ListOptions, 'signal'>[] = [];
  const engine = fakeEngine({
    containers: {
      list: ({ signal: _, ...options }) => {
        asked.push(options);
        return Promise.resolve(containers);
      },
    },
  });
  return { ...(await wharf(['ps', ...argv], { engine, now })), asked: asked[0] };
}

test('the table', async () => {
  const { out } = await ps([]);
  expect(out.split('\n')).toEqual([
    'CONTAINER ID   IMAGE     COMMAND                   CREATED       STATUS                   PORTS     NAMES',
    '1a2b3c4d5e6f   busybox   "/bin/sh -c \'echo \\"a…"   2 hours ago   Up 3 seconds (healthy)             web',
    '',
  ]);
});

test('--no-trunc, -q, -s', async () => {
  const { out } = await ps(['--no-trunc']);
  expect(out).toContain(someId);
  expect(out).toContain('"/bin/sh -c \'echo \\"a long\\nline\\"\'"');
  expect((await ps(['-q'])).out).toBe('1a2b3c4d5e6f\n');
  expect((await ps(['-q', '--no-trunc'])).out).toBe(`${someId}\n`);
  const sized = await ps(['-s']);
  expect(sized.out).toContain('1.5kB (virtual 2MB)');
  expect(sized.asked).toMatchObject({ size: true });
});

test('what is asked of the engine', async () => {
  expect((await ps([])).asked).toEqual({ all: false, limit: 0, size: false, filters: new Map() });
  expect((await ps(['-a'])).asked).toMatchObject({ all: true });
  expect((await ps(['-n', '3'])).asked).toMatchObject({ all: true, limit: 3 });
  expect((await ps(['-l'])).asked).toMatchObject({ all: true, limit: 1 });
  const filters = ['-f', 'status=exited', '--filter', 'Status=created', '-f', 'label=a=b'];
  expect((await ps(filters)).asked?.filters).toEqual(
    new Map([
      ['status', ['exited', 'created']],
      ['label', ['a=b']],
    ]),
  );
  expect(await ps(['-f', 'x'])).toMatchObject({ code: 125 });
  expect((await ps(['--format', '{{.Size}}'])).asked).toMatchObject({ size: true });
});

test('templates', async () => {
  const fields =
    '{{.ID}}|{{.Names}}|{{.State}}|{{.Networks}}|{{.Labels}}|{{.Label "b"}}|{{.Mounts}}';
  expect((await ps(['--format', fields])).out).toBe(
    '1a2b3c4d5e6f|web|running|none|b=2,a=1|2|/srv/a/long/di…\n',
  );
  const json = JSON.parse((await ps(['--format', 'json'])).out) as Record<string, string>;
  expect(json).toMatchObject({ ID: '1a2b3c4d5e6f', State: 'running', Size: '1.5kB (virtual 2MB)' });
  expect(json).not.toHaveProperty('Label');
  expect((await ps(['--format', 'table {{.Names}}\\t{{.Status}}'])).out).toBe(
    'NAMES     STATUS\nweb       Up 3 seconds (healthy)\n',
  );
});

test('control characters of a name or command do not reach the terminal', async () => {
  const evil = someContainer({
    resolved: { ...base.resolved, command: ['\x1b[2J\u202e'] },
    spec: { ...base.spec, image: 'x\x07' },
  });
  const { out } = await ps([], [evil]);
  expect(/[^\n\x20-\x7e]/.test(out)).toBe(false);
});
