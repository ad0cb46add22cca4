import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run, tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { contextOf, lines } from '../support/build-context.js';

const engine = useEngine({ flags: ['--log-level', 'debug'] });
const { cli, ok } = engine;

/** In no other text, and in no two of the ways that a secret can come. */
const canary = `canary${'0123456789abcdef'.repeat(2)}${process.pid}`;
const way = (name: string): string => `${canary}-${name}`;
/** A value as others would write it: in hexadecimal digits, and in base64 behind other text of any length. */
function encodings(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const behind = [0, 1, 2].map((length) => {
    const text = Buffer.concat([Buffer.alloc(length), bytes]).toString('base64url');
    return text.slice(Math.ceil((length * 4) / 3), -2);
  });
  return [value, bytes.toString('hex'), ...behind];
}

/** Places where a secret is used as it is meant to be: none of them keeps it. */
const dockerfiles: Readonly<Record<string, string>> = {
  file: lines(
    'FROM busybox',
    'RUN --mount=type=secret,id=token test -s /run/secrets/token && wc -c </run/secrets/token >/made',
    'RUN --mount=type=secret,id=token,target=/etc/deep/token,uid=5,mode=0444 test -s /etc/deep/token',
  ),
  environment: lines(
    'FROM busybox',
    'RUN --mount=type=secret,id=token,env=TOKEN test -n "$TOKEN" && sh -c \'test -n "$TOKEN"\'',
  ),
  'a step that fails': lines(
    'FROM busybox',
    'RUN --mount=type=secret,id=token --mount=type=secret,id=token,env=TOKEN test -n "$TOKEN" && false',
  ),
  'a stage that is not kept': lines(
    'FROM busybox AS one',
    'RUN --mount=type=secret,id=token cp /run/secrets/token /tmp/t && rm /tmp/t && touch /made',
    'FROM scratch',
    'COPY --from=one /made /made',
  ),
  'a mount of memory': lines(
    'FROM busybox',
    'RUN --mount=type=tmpfs,target=/t --mount=type=secret,id=token cp /run/secrets/token /t/kept',
  ),
  'a trigger': lines(
    'FROM busybox AS base',
    'ONBUILD RUN --mount=type=secret,id=token test -s /run/secrets/token',
    'FROM base',
    'RUN true',
  ),
  'an address': lines(
    'FROM busybox',
    'ADD --checksum=sha256:0000000000000000000000000000000000000000000000000000000000000000 https://127.0.0.1:9/x /x',
  ),
};

async function built(name: string, dockerfile: string): Promise<string> {
  const context = await contextOf({ Dockerfile: dockerfile, token: way(name) });
  await writeFile(join(context, '.dockerignore'), 'token\n');
  const args = ['build', '--progress', 'plain', '--explain', '--provenance=mode=max'];
  const secret = ['--secret', `id=token,src=${join(context, 'token')}`];
  const auth = ['--secret', `id=HTTP_AUTH_TOKEN_127.0.0.1,src=${join(context, 'token')}`];
  const { stdout, stderr } = await cli([...args, ...secret, ...auth, '-t', 'made', context]);
  return stdout + stderr;
}

/** Files below the roots of the daemon, and its log, that have one of these texts, also where they are packed. */
async function filesWith(texts: readonly string[]): Promise<readonly string[]> {
  const { dataRoot, execRoot, root } = engine.daemon;
  const patterns = texts.flatMap((text) => ['-e', text]);
  const found = await run('grep', [
    '-rlaF',
    ...patterns,
    dataRoot,
    execRoot,
    join(root, 'wharfd.log'),
  ]);
  const packed: string[] = [];
  const blobs = join(dataRoot, 'content/blobs/sha256');
  for (const name of await readdir(blobs)) {
    const script = `{ gzip -dc "$0" || zstd -dc "$0"; } 2>/dev/null | grep -qaF ${patterns.join(' ')}`;
    const { code } = await run('sh', ['-c', script, join(blobs, name)]);
    if (code === 0) packed.push(name);
  }
  return [...found.stdout.split('\n').filter((line) => line !== ''), ...packed];
}

/** All that the daemon says of its builds. */
async function said(): Promise<string> {
  const parts = [
    ['builder', 'du', '-v'],
    ['builder', 'ls'],
    ['builder', 'inspect', 'latest'],
    ['builder', 'logs', 'latest'],
    ['builder', 'explain', 'latest'],
    ['builder', 'explain', '--format', 'json', 'latest'],
    ['history', '--no-trunc', 'made'],
    ['image', 'inspect', 'made'],
    ['events', '--since', '1h', '--until', (Date.now() / 1000).toFixed(3)],
    ['info'],
  ];
  const all = await Promise.all(parts.map((args) => cli(args)));
  return all.map(({ stdout, stderr }) => stdout + stderr).join('\n');
}

test('the search finds what is there', async () => {
  const context = await contextOf({
    Dockerfile: lines('FROM busybox', 'COPY open /open', 'RUN echo $(cat /open)'),
    open: `seen-${canary}`,
  });
  await ok(['build', '-q', '-t', 'open', context]);
  const places = await filesWith(encodings(`seen-${canary}`));
  expect(places.some((path) => path.includes('/builds/trees/'))).toBe(true);
  expect(places.some((path) => path.includes('/builds/logs/'))).toBe(true);
  expect(places.some((path) => path.includes('/snapshots/'))).toBe(true);
  expect(places.some((path) => /^[0-9a-f]{64}$/.test(path))).toBe(true);
});

test('a secret that was used as it is meant to be is nowhere', { timeout: 120_000 }, async () => {
  const told: string[] = [];
  for (const [name, dockerfile] of Object.entries(dockerfiles)) {
    const text = await built(name, dockerfile);
    expect(text, name).not.toMatch(/needs the secret|unknown flag/);
    told.push(text, await said());
  }
  const texts = Object.keys(dockerfiles).flatMap((name) => encodings(way(name)));
  expect(texts.filter((text) => told.join('\n').includes(text))).toEqual([]);
  expect(await filesWith(texts)).toEqual([]);
});

test('another secret is no other input: the step is cached', async () => {
  const dockerfile = dockerfiles['file'] ?? '';
  await built('one', dockerfile);
  expect(await built('other', dockerfile)).toMatch(/CACHED[\s\S]*CACHED/);
});

test('no value of a secret is in the arguments of a process or in a file while it runs', async () => {
  await using folder = await tempDir();
  const token = join(folder.path, 'token');
  await writeFile(token, way('arguments'));
  const dockerfile = lines(
    'FROM busybox',
    'RUN --mount=type=secret,id=token,env=TOKEN echo begun; sleep 1',
  );
  const context = await contextOf({ Dockerfile: dockerfile });
  const secret = ['--secret', `id=token,src=${token}`];
  await using session = engine.start(['build', '--progress', 'plain', ...secret, context]);
  await session.until(' begun', { in: 'stderr' });
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lineOf = (pid: string): Promise<string> =>
    readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
  const all = await Promise.all(pids.map(lineOf));
  expect(all.filter((line) => line.includes(way('arguments')))).toEqual([]);
  expect(await filesWith(encodings(way('arguments')))).toEqual([]);
  expect(await session.ended()).toBe(0);
});

test('what a step writes of its secret is its own doing, and nothing else', async () => {
  const dockerfile = lines(
    'FROM busybox',
    'RUN --mount=type=secret,id=token cat /run/secrets/token',
  );
  await built('written', dockerfile);
  const places = await filesWith(encodings(way('written')));
  expect(places).toHaveLength(1);
  expect(places.every((path) => path.includes('/builds/logs/'))).toBe(true);
});
