import type { Containers, DiskUsage } from '@wharf/core';
import { expect, test } from 'vitest';
import { stream } from '../../testing/stream.js';
import { wharf } from '../../testing/test-cli.js';
import { fakeEngine, someContainer, someImage } from '../../testing/test-engine.js';

const now = new Date('2026-01-31T12:00:00Z');
const run = (argv: readonly string[], containers: Partial<Containers>) =>
  wharf(argv, { engine: fakeEngine({ containers }) });

test('commit pauses unless it is told not to', async () => {
  const asked: unknown[] = [];
  const commit: Containers['commit'] = (ref, { signal: _, ...options }) => {
    asked.push(ref, options);
    return Promise.resolve({ imageId: 'sha256:i' });
  };
  expect((await run(['commit', 'web'], { commit })).out).toBe('sha256:i\n');
  const flags = ['-a', 'me', '-m', 'text', '-c', 'USER x', '--pause=false'];
  await run(['commit', ...flags, 'web', 'app:1'], { commit });
  expect(asked).toEqual([
    'web',
    { pause: true },
    'web',
    { pause: false, name: 'app:1', author: 'me', message: 'text', changes: ['USER x'] },
  ]);
});

test('diff and export', async () => {
  const changes = () => Promise.resolve([{ kind: 'modified', path: Buffer.from('/etc') } as const]);
  expect((await run(['diff', 'web'], { changes })).out).toBe('C /etc\n');
  const format = 'table {{.Path}}\t{{.Type}}';
  expect((await run(['diff', '--format', format, 'web'], { changes })).out).toBe(
    'PATH      CHANGE TYPE\n/etc      C\n',
  );
  const exportFiles = () => stream(Buffer.from([0x74, 0xff]));
  expect((await run(['export', 'web'], { exportFiles })).out).toBe('t\xff');
  expect((await wharf(['export', 'web'], { engine: fakeEngine({}), tty: true })).err).toContain(
    'cowardly refusing to save to a terminal',
  );
});

const usage: DiskUsage = {
  layersSize: 3_000_000,
  contentSize: 1_000_000,
  images: [someImage({ containers: 1, sharedSize: 982_943 }), someImage()],
  containers: [someContainer({ sizeRw: 1500 })],
  volumes: [{ name: 'data', size: 2000, links: 0 }],
  reclaimableImages: 1_000_000,
};

const df = (argv: readonly string[]) => {
  const system = { diskUsage: () => Promise.resolve(usage) };
  const times = { createdAt: now, lastUsedAt: now, uses: 1 };
  const layer = { id: 'a', kind: 'layer', description: '', ...times } as const;
  const cache = [
    { ...layer, size: 1000, inUse: false, shared: false },
    { ...layer, size: 500, inUse: true, shared: false },
  ];
  const builds = { cache: () => Promise.resolve(cache) };
  return wharf(['system', 'df', ...argv], { engine: fakeEngine({ system, builds }), now });
};

test('system df', async () => {
  expect((await df([])).out.split('\n')).toEqual([
    'TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE',
    'Images          2         1         4MB       1MB (25%)',
    'Containers      1         0         1.5kB     1.5kB (100%)',
    'Local Volumes   1         0         2kB       2kB (100%)',
    'Build Cache     2         1         1.5kB     1kB',
    '',
  ]);
  expect((await df(['--format', '{{.Type}}: {{.Reclaimable}}'])).out).toContain(
    'Images: 1MB (25%)\n',
  );
  expect(await df(['-v', '--format', 'json'])).toMatchObject({ code: 1 });
});

test('system df -v', async () => {
  const { out } = await df(['-v']);
  expect(out).toContain(
    'REPOSITORY   TAG       IMAGE ID       CREATED       SIZE      SHARED SIZE   UNIQUE SIZE   CONTAINERS\n' +
      'busybox      latest    abababababab   4 weeks ago   1.98MB    983kB         1MB           1\n',
  );
  expect(out).toContain('VOLUME NAME   LINKS     SIZE\ndata          0         2kB\n');
  expect(out).toContain(
    '1a2b3c4d5e6f   busybox   "sh"      0               1.5kB     2 hours ago   Created   web',
  );
});
