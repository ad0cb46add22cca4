import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { run, tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { DockerRegistry } from '../support/docker-registry.js';
import { busyboxLayer } from '../support/images.js';
import { serveGit } from '../support/git-server.js';
import { freePort } from '../support/port.js';
import { file, tar } from '../support/tar.js';

const settings = await tempDir();
await writeFile(join(settings.path, 'wharfd.toml'), '[build]\nallow-private = ["127.0.0.0/8"]\n');
const engine = useEngine({
  busybox: false,
  flags: [
    ...['--insecure-registry', '127.0.0.0/8'],
    ...['--config-file', join(settings.path, 'wharfd.toml')],
  ],
});
let registry: DockerRegistry;
let directory = '';

beforeAll(async () => {
  registry = await DockerRegistry.start({ port: await freePort() });
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await settings.remove();
});

beforeEach(async () => {
  const dir = await tempDir();
  onTestFinished(() => dir.remove());
  directory = dir.path;
});

/** Moves the tag to an image that has this word. */
const tag = (word: string, name = 'base'): Promise<unknown> =>
  registry.push(`${name}:1`, { layers: [busyboxLayer(), tar(file('word', word))] });

const write = (text: string): Promise<void> => writeFile(join(directory, 'Dockerfile'), text);
const lockFile = (): Promise<string> => readFile(join(directory, 'Dockerfile.lock'), 'utf8');
const build = (...flags: readonly string[]) =>
  engine.ok(['build', '-q', '-t', 'x', ...flags, directory]);
const refused = (...flags: readonly string[]) => engine.refused(['build', ...flags, directory]);
const word = (name = '/word') => engine.ok(['run', '--rm', '--network', 'none', 'x', 'cat', name]);

describe('an image', () => {
  test('is what the lock says after its tag was moved; --locked refuses, by name', async () => {
    await tag('one');
    await write(`FROM ${registry.host}/base:1\n`);
    await build('--lock');
    const lock = await lockFile();
    expect(lock).toMatch(
      /\[image\]\n"127\.0\.0\.1:\d+\/base:1 linux\/amd64" = "sha256:[0-9a-f]{64}"\n/,
    );
    await build('--locked');
    await tag('two');
    await build('--pull');
    expect(await word()).toBe('one');
    const { code, stderr } = await refused('--locked');
    expect(code).toBe(1);
    expect(stderr).toContain(
      `${registry.host}/base:1 linux/amd64 has moved: Dockerfile.lock says sha256:`,
    );
    await build('--lock', '--pull');
    expect(await lockFile()).not.toBe(lock);
    expect(await word()).toBe('two');
    await build('--locked');
  });

  test('that the lock does not have is refused, and so is a build without a lock', async () => {
    await tag('one', 'steady');
    await write(`FROM ${registry.host}/steady:1\n`);
    expect((await refused('--locked')).stderr).toContain('write it with `wharf build --lock`');
    await build('--lock');
    await registry.push('other:1', { layers: [busyboxLayer()] });
    await write(
      `FROM ${registry.host}/steady:1\nCOPY --from=${registry.host}/other:1 /etc /other\n`,
    );
    expect((await refused('--locked')).stderr).toContain(
      `Dockerfile.lock does not have the image ${registry.host}/other:1 linux/amd64`,
    );
    await build('--lock');
    await build('--locked');
  });

  test('the lock is a file of the context as the Dockerfile is, unless it is ignored', async () => {
    await tag('one', 'plain');
    await write(`FROM ${registry.host}/plain:1\nCOPY . /all\nRUN ls -A /all >/names\n`);
    await build('--lock');
    expect((await word('/names')).split('\n')).toEqual(['Dockerfile']);
    await build('--locked');
    expect((await word('/names')).split('\n')).toEqual(['Dockerfile', 'Dockerfile.lock']);
    await writeFile(join(directory, '.dockerignore'), 'Dockerfile*\n.dockerignore\n');
    const ids = [await build('--locked'), await build('--lock')];
    await writeFile(join(directory, 'Dockerfile.lock'), `# other\n${await lockFile()}`);
    expect([...ids, await build('--locked')]).toEqual([ids[0], ids[0], ids[0]]);
    expect(await word('/names')).toBe('');
  });

  test('a lock that is no lock is refused with its line', async () => {
    await write('FROM scratch\nCOPY Dockerfile /\n');
    await writeFile(join(directory, 'Dockerfile.lock'), 'version = 1\n[npm]\n');
    expect((await refused()).stderr).toContain('line 2 of Dockerfile.lock');
  });
});

test('a download that is other than the lock says is refused, by its URL', async () => {
  let content = 'one';
  const server = createServer((_request, response) => response.end(content));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/f`;
  await tag('one', 'steady');
  await write(`FROM ${registry.host}/steady:1\nADD ${url} /f\n`);
  await build('--lock');
  expect(await lockFile()).toContain(`[http]\n"${url}" = "sha256:`);
  content = 'two';
  const { stderr } = await refused('--locked');
  expect(stderr).toContain(`${url} is no longer what Dockerfile.lock says`);
  await build('--lock', '--pull');
  expect(await word('/f')).toBe('two');
});

test('a branch is the commit of the lock; --locked refuses one that has moved, by name', async () => {
  const repository = await tempDir();
  onTestFinished(() => repository.remove());
  const git = async (...args: readonly string[]): Promise<string> => {
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org'];
    const { code, stdout, stderr } = await run('git', ['-C', repository.path, ...who, ...args]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return stdout.trim();
  };
  const commit = async (text: string): Promise<string> => {
    await writeFile(join(repository.path, 'f'), text);
    await git('add', 'f');
    await git('commit', '-q', '-m', text);
    return git('rev-parse', 'HEAD');
  };
  await git('init', '-q', '-b', 'main');
  const one = await commit('one');
  const server = await serveGit(repository.path);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const url = `${server.url}/.git`;
  await tag('one', 'steady');
  await write(`FROM ${registry.host}/steady:1\nADD ${url}#main /r\n`);
  await build('--lock');
  expect(await lockFile()).toContain(`[git]\n"${url}#main" = "${one}"`);
  const two = await commit('two');
  await build('--no-cache');
  expect(await word('/r/f')).toBe('one');
  expect((await refused('--locked')).stderr).toContain(
    `${url}#main has moved: Dockerfile.lock says ${one}, it is ${two} now`,
  );
  await build('--lock', '--pull');
  expect(await word('/r/f')).toBe('two');
});
