import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnavailableError, type Images, type PushFrame } from '@wharf/core';
import { afterAll, describe, expect, test } from 'vitest';
import { drainText, stream } from '../../testing/stream.js';
import { wharf, type CliOptions } from '../../testing/test-cli.js';
import { fakeEngine } from '../../testing/test-engine.js';

const home = mkdtempSync(join(tmpdir(), 'wharf-transfer-'));
afterAll(() => rmSync(home, { recursive: true }));
const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });
mkdirSync(join(home, '.docker'));
writeFileSync(
  join(home, '.docker/config.json'),
  JSON.stringify({
    auths: { 'https://index.docker.io/v1/': auth('hub:1'), 'r.example': auth('me:2') },
  }),
);

const digest = (text: string): string => `sha256:${text.repeat(64 / text.length)}`;
const run = (argv: readonly string[], images: Partial<Images>, options: CliOptions = {}) =>
  wharf(argv, { engine: fakeEngine({ images }), home, ...options });

describe('push', () => {
  const done = (reference: string): PushFrame => ({
    kind: 'done',
    result: { reference, digest: digest('ab'), size: 527, mediaType: 'm' },
  });
  const progress = (
    id: string,
    phase: 'pushing' | 'exists' | 'mounted',
    from?: string,
  ): PushFrame => ({
    kind: 'progress',
    progress: {
      id: digest(id),
      phase,
      current: 1,
      total: 2,
      ...(from === undefined ? {} : { from }),
    },
  });

  test('has docker’s lines, and the credentials of that registry alone', async () => {
    const asked: unknown[] = [];
    const push: Images['push'] = (ref, { signal: _, ...options }) => {
      asked.push(ref, options);
      return stream(
        progress('01', 'pushing'),
        progress('02', 'exists'),
        progress('03', 'mounted', 'library/debian'),
        { kind: 'note', message: 'only linux/amd64 is here' },
        done('r.example/app:latest'),
      );
    };
    const { out, err } = await run(['push', 'r.example/app'], { push });
    expect(out).toBe(
      [
        'Using default tag: latest',
        'The push refers to repository [r.example/app]',
        '010101010101: Pushing',
        '020202020202: Layer already exists',
        '030303030303: Mounted from library/debian',
        `latest: digest: ${digest('ab')} size: 527`,
        '',
      ].join('\n'),
    );
    expect(err).toBe('Info: only linux/amd64 is here\n');
    const credentials = { username: 'me', password: '2', identityToken: '', registryToken: '' };
    expect(asked).toEqual(['r.example/app:latest', { credentials }]);
  });

  test('quiet prints the name; all tags, compression and platform go along', async () => {
    const asked: unknown[] = [];
    const push: Images['push'] = (ref, { signal: _, credentials: __, ...options }) => {
      asked.push(ref, options);
      return stream(done('me/app:1'), done('me/app:2'));
    };
    const argv = ['push', '-a', '--compression', 'zstd', '--force-compression', 'me/app'];
    expect((await run(argv, { push })).out).toContain('2: digest: sha256:');
    expect((await run(['push', '-q', '--platform', 'linux/arm', 'me/app:1'], { push })).out).toBe(
      'docker.io/me/app:1\n',
    );
    expect(asked).toEqual([
      'me/app',
      { allTags: true, compression: 'zstd', forceCompression: true },
      'me/app:1',
      { platform: 'linux/arm' },
    ]);
  });

  test.each([
    [['-a', 'app:1'], "tag can't be used with --all-tags/-a"],
    [[`app@${digest('ab')}`], 'cannot push a digest reference'],
    [['--force-compression', 'app'], 'needs --compression'],
  ])('%j is refused', async (argv, text) => {
    expect(await run(['push', ...argv], {})).toMatchObject({
      code: 1,
      err: expect.stringContaining(text) as string,
    });
  });
});

describe('pull', () => {
  test('of all tags tells of each', async () => {
    const asked: unknown[] = [];
    const pull: Images['pull'] = (ref, { signal: _, credentials, ...options }) => {
      asked.push(ref, options, credentials?.username);
      const result = (tag: string) => ({
        digest: digest('ab'),
        imageId: digest('cd'),
        reference: `docker.io/library/app:${tag}`,
        upToDate: tag === '1',
      });
      return stream(
        { kind: 'done', result: result('1') } as const,
        { kind: 'done', result: result('2') } as const,
      );
    };
    expect((await run(['pull', '-a', 'app'], { pull })).out).toBe(
      [
        'Pulling from library/app',
        `app:1: Digest: ${digest('ab')}`,
        'Status: Image is up to date for app',
        `app:2: Digest: ${digest('ab')}`,
        'Status: Downloaded newer image for app',
        'docker.io/library/app',
        '',
      ].join('\n'),
    );
    expect(asked).toEqual(['app', { allTags: true }, 'hub']);
    await run(['pull', '-q', '--all-platforms', 'app'], { pull });
    expect(asked.slice(3, 5)).toEqual(['app:latest', { allPlatforms: true }]);
    expect((await run(['pull', '-a', 'app:1'], {})).code).toBe(1);
  });
});

describe('save', () => {
  const save: Images['save'] = (refs, { platforms = [], compression = '' }) =>
    stream(Buffer.from(`${refs.join()} ${platforms.join()} ${compression}`));

  test('to standard output, but not to a terminal', async () => {
    const argv = ['save', '--platform', 'linux/amd64,linux/arm', '--compression', 'none', 'a', 'b'];
    expect((await run(argv, { save })).out).toBe('a,b linux/amd64,linux/arm none');
    expect(await run(['save', 'a'], {}, { tty: true })).toMatchObject({
      code: 1,
      err: 'wharf: cowardly refusing to save to a terminal. Use the -o flag or redirect\n',
    });
  });

  test('to a file, whole or not at all', async () => {
    const directory = mkdtempSync(join(home, 'save-'));
    const file = join(directory, 'x.tar');
    expect((await run(['save', '-o', file, 'a'], { save })).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('a  ');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const broken = async function* () {
      yield await Promise.resolve(Buffer.from('half'));
      throw new UnavailableError('the daemon went away');
    };
    expect((await run(['save', '-o', file, 'a'], { save: broken })).code).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe('a  ');
    expect(readdirSync(directory)).toEqual(['x.tar']);
    const nowhere = await run(['save', '-o', '/nonex/x.tar', 'a'], {});
    expect(nowhere.err).toContain('invalid output path: directory "/nonex" does not exist');
    expect((await run(['save', '-o', '/dev/null', 'a'], {})).err).toContain('got a device');
  });
});

describe('load', () => {
  const image = (reference: string, replaced = '') =>
    ({
      kind: 'loaded',
      image: { reference, imageId: digest('ab'), targetDigest: '', replaced },
    }) as const;
  const load: Images['load'] = async function* (archive) {
    expect(await drainText(archive)).toBe('tar');
    yield {
      kind: 'progress',
      progress: { id: digest('01'), phase: 'reading', current: 1, total: 2 },
    };
    yield image('app:1', digest('cd'));
    yield image('');
  };

  test('from standard input or a file', async () => {
    const { out } = await run(['load'], { load }, { stdin: stream(Buffer.from('tar')) });
    expect(out).toBe(
      `The image app:1 already exists, renaming the old one with ID ${digest('cd')} to empty string\n` +
        `Loaded image: app:1\nLoaded image ID: ${digest('ab')}\n`,
    );
    const file = join(home, 'load.tar');
    writeFileSync(file, 'tar');
    expect((await run(['load', '-q', '-i', file], { load }, { tty: true })).out).toBe(out);
    expect((await run(['load', '-i', '/nonex'], { load })).err).toBe(
      'wharf: open /nonex: no such file or directory\n',
    );
    expect((await run(['load'], {}, { tty: true })).err).toContain(
      'requested load from stdin, but stdin is empty',
    );
  });
});

describe('import', () => {
  const asked: unknown[] = [];
  const images: Partial<Images> = {
    import: async (archive, { signal: _, ...options }) => {
      asked.push(await drainText(archive), options);
      return { imageId: digest('ab') };
    },
  };

  test('from standard input, with a name and changes', async () => {
    const stdin = stream(Buffer.from('tar'));
    const argv = ['import', '-c', 'CMD ["sh"]', '-c', 'ENV A=1', '-m', 'flat', '-', 'app:1'];
    expect((await run(argv, images, { stdin })).out).toBe(`${digest('ab')}\n`);
    const changes = ['CMD ["sh"]', 'ENV A=1'];
    expect(asked.splice(0)).toEqual(['tar', { name: 'app:1', message: 'flat', changes }]);
  });

  test('from an address, which is fetched here', async () => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/x' ? 200 : 404).end('remote');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await run(['import', `${base}/x`], images);
      expect(asked.splice(0)).toEqual(['remote', {}]);
      expect((await run(['import', `${base}/y`], images)).err).toContain('the server answers 404');
    } finally {
      server.close();
    }
  });
});
