import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { contextOf, lines } from '../support/build-context.js';

/** What a server of the host's own was asked for. */
const asked: string[] = [];
function* zeros(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(1 << 16);
}
const server = createServer((request, response) => {
  const path = request.url ?? '';
  asked.push(path);
  if (path === '/endless') {
    response.writeHead(200);
    return void pipeline(Readable.from(zeros()), response, () => undefined);
  }
  const hop = /^\/hop\/(\d+)$/.exec(path)?.[1];
  const to = hop === undefined ? targets[path] : `/hop/${Number(hop) + 1}`;
  if (to !== undefined) response.writeHead(302, { location: to }).end();
  else response.writeHead(200, { 'content-type': 'text/plain' }).end('secret of the host');
});
const targets: Readonly<Record<string, string>> = {
  '/to-file': 'file:///etc/passwd',
  '/to-metadata': 'http://169.254.169.254/latest/meta-data/',
  '/to-other': 'http://127.0.0.2:1/x',
  '/to-itself': '/to-itself',
};
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
const here = `127.0.0.1:${port}`;

const folder = await tempDir();
await writeFile(join(folder.path, 'wharfd.toml'), `[build]\nallow-private = ["${here}"]\n`);
const plain = useEngine();
const allowing = useEngine({ flags: ['--config-file', join(folder.path, 'wharfd.toml')] });

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await folder.remove();
});

async function refusal(engine: typeof plain, ...steps: string[]): Promise<string> {
  const context = await contextOf({ Dockerfile: lines('FROM scratch', ...steps) });
  const begin = performance.now();
  const { stderr } = await engine.refused(['build', '--progress', 'plain', context]);
  expect(performance.now() - begin).toBeLessThan(20_000);
  expect(stderr).not.toMatch(/bug of wharf|\n\s+at |secret of the host/);
  return stderr;
}

describe('a daemon that was not told otherwise fetches nothing', () => {
  test.each([
    `http://${here}/x`,
    `http://localhost:${port}/x`,
    `http://[::1]:${port}/x`,
    `http://[::ffff:127.0.0.1]:${port}/x`,
    `http://0.0.0.0:${port}/x`,
    `http://2130706433:${port}/x`,
    `http://0x7f.1:${port}/x`,
    `http://user:password@127.1:${port}/x`,
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/x',
  ])('from %s', async (url) => {
    asked.length = 0;
    const text = await refusal(plain, `ADD ${url} /x`);
    expect(text).toMatch(/private address|cannot|refuse|not allowed|no such host/);
    expect(asked).toEqual([]);
  });

  test.each([
    `http://${here}/repository.git`,
    `git@127.0.0.1:/etc`,
    'ssh://-oProxyCommand=touch%20evil/x.git',
    `ext::sh -c touch% ${'/tmp/evil'}`,
    'file:///etc/.git',
    '--upload-pack=touch /tmp/evil https://example.com/x.git',
  ])('by git from %s', async (url) => {
    asked.length = 0;
    await refusal(plain, `ADD ${JSON.stringify([url, '/x'])}`);
    const { stderr } = await plain.refused(['build', url]);
    expect(stderr).not.toMatch(/bug of wharf|\n\s+at /);
    expect(asked).toEqual([]);
  });

  test('as a context', async () => {
    asked.length = 0;
    for (const url of [`http://${here}/context.tar`, `http://${here}/x.git#main:../..`]) {
      const { stderr } = await plain.refused(['build', url]);
      expect(stderr).toMatch(/private address|invalid/);
    }
    expect(asked).toEqual([]);
  });
});

describe('a daemon that may ask one host', () => {
  test('gets a file from it', async () => {
    const context = await contextOf({
      Dockerfile: lines('FROM busybox', `ADD http://${here}/plain /x`),
    });
    await allowing.ok(['build', '-q', '-t', 'got', context]);
    const { stdout } = await allowing.run(['got', 'cat', '/x']);
    expect(stdout).toBe('secret of the host');
  });

  test.each([
    ['/to-file', /file:|scheme|https?/],
    ['/to-metadata', /private address/],
    ['/to-other', /private address/],
    ['/to-itself', /redirect/],
    ['/hop/0', /redirect/],
  ])('is not led elsewhere by %s', async (path, text) => {
    expect(await refusal(allowing, `ADD http://${here}${path} /x`)).toMatch(text);
  });

  test('takes nothing else than its checksum says', async () => {
    const checksum = `sha256:${'0'.repeat(64)}`;
    const text = await refusal(allowing, `ADD --checksum=${checksum} http://${here}/plain /x`);
    expect(text).toMatch(/checksum|digest|sha256/);
  });

  test('leaves a body without end when it is told to', async () => {
    const context = await contextOf({
      Dockerfile: lines('FROM scratch', `ADD http://${here}/endless /x`),
    });
    await using session = allowing.start(['build', '--progress', 'plain', context]);
    await expect.poll(() => asked.includes('/endless'), { timeout: 10_000 }).toBe(true);
    session.kill('SIGINT');
    const begin = performance.now();
    expect(await session.ended()).toBe(130);
    expect(performance.now() - begin).toBeLessThan(5000);
  });
});

test('an image whose history says that it has run a step is no cache of it', async () => {
  const dockerfile = lines('FROM busybox', 'RUN echo honest >/made');
  await plain.ok(['build', '-q', '-t', 'first', '-'], { stdin: lines('FROM busybox', 'RUN true') });
  const id = await plain.created(['busybox', 'true']);
  const evil = await contextOf({ made: 'poisoned\n' });
  await plain.ok(['cp', join(evil, 'made'), `${id}:/made`]);
  await plain.ok([
    'commit',
    '-m',
    'RUN /bin/sh -c echo honest >/made # buildkit',
    id,
    'busybox:poison',
  ]);
  await plain.ok(['tag', 'busybox:poison', 'made:latest']);
  const { stderr } = await plain.cli(['build', '--progress', 'plain', '-t', 'made', '-'], {
    stdin: dockerfile,
  });
  expect(stderr).not.toMatch(/RUN echo honest >\/made\n#\d+ CACHED/);
  const { stdout } = await plain.run(['made', 'cat', '/made']);
  expect(stdout).toBe('honest\n');
});
