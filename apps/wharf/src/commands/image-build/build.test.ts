import { execFileSync } from 'node:child_process';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { decodeTreeDirectory, type BuildFrame, type Builds } from '@wharf/core';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { collect, stream } from '../../testing/stream.js';
import {
  done,
  id,
  runBuildCommand,
  type BuildRun,
  type BuildRunOptions,
} from './build.test-support.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wharf-build-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function run(argv: readonly string[], more: BuildRunOptions = {}): Promise<BuildRun> {
  const env = { XDG_CACHE_HOME: join(directory, '.cache'), ...more.env };
  return runBuildCommand(argv, { ...more, env });
}

async function withDockerfile(text = 'FROM scratch\n'): Promise<string> {
  await mkdir(join(directory, 'ctx'));
  await writeFile(join(directory, 'ctx', 'Dockerfile'), text);
  return join(directory, 'ctx');
}

const bytes = (text: string): AsyncIterable<Uint8Array> => stream(Buffer.from(text));

// The client is loaded when the first directory is read.
beforeAll(async () => void (await import('./open-context.js')), 60_000);

describe('the context', () => {
  test('a directory is sent as a tree', async () => {
    const path = await withDockerfile();
    const { code, err, spec, synced } = await run(['-t', 'app', path]);
    expect(code).toBe(0);
    expect(spec.context).toEqual({ kind: 'tree', digest: synced[0] });
    expect(spec).toMatchObject({ dockerfilePath: 'Dockerfile', contextName: path, target: '' });
    const fromHere = await run([relative(process.cwd(), path)]);
    expect(fromHere.spec.contextName).toBe(path);
    expect(spec.outputs).toEqual([
      {
        kind: 'image',
        names: ['app:latest'],
        push: false,
        store: true,
        compression: 'gzip',
        forceCompression: false,
      },
    ]);
    expect(err).toBe(
      '#0 [internal] send build context\n#0 transferring: 10B done\n#0 DONE 0.0s\n\n',
    );
  });

  test('what is no file is left out of it, which is said', async () => {
    const path = await withDockerfile();
    execFileSync('mkfifo', [join(path, 'pipe')]);
    const { code, err } = await run([path]);
    expect(code).toBe(0);
    expect(err).toContain('#0 sockets, pipes and devices are left out: pipe done\n');
  });

  test('a Dockerfile outside of it goes as a text', async () => {
    const path = await withDockerfile();
    await writeFile(join(directory, 'Other'), 'FROM busybox\n');
    const { spec } = await run(['-f', join(directory, 'Other'), path]);
    expect(spec.dockerfile).toBe('FROM busybox\n');
    expect((await run(['-f', 'Dockerfile', path])).spec.dockerfilePath).toBe('Dockerfile');
  });

  test('a Dockerfile that is ignored is a text, and not in the tree', async () => {
    const path = await withDockerfile();
    await mkdir(join(path, 'sub'));
    await writeFile(join(path, 'sub', 'Dockerfile'), 'FROM b\n');
    await writeFile(join(path, 'kept'), 'x');
    await writeFile(join(path, '.dockerignore'), '**/Dockerfile\n.dockerignore\n');
    const names: string[] = [];
    const syncTree: Builds['syncTree'] = async (digest, source) => {
      const [root] = await collect(source.read([digest]));
      const { entries } = decodeTreeDirectory(Buffer.from(root?.data ?? []).toString('latin1'));
      names.push(...entries.map(({ name }) => name));
      const files = entries.flatMap((entry) => (entry.kind === 'file' ? [entry.digest] : []));
      expect(await collect(source.read([...files, digest]))).toHaveLength(2);
      return { receivedBytes: 1, receivedPieces: 1 };
    };
    const { spec } = await run(['-f', join(path, 'sub', 'Dockerfile'), path], {
      builds: { syncTree },
    });
    expect(names).toEqual(['kept']);
    expect(spec).toMatchObject({ dockerfile: 'FROM b\n', dockerfilePath: 'sub/Dockerfile' });
  });

  test('what is missing is named with the remedy', async () => {
    const none = await run([join(directory, 'none')]);
    expect(none.code).toBe(1);
    expect(none.err).toContain(
      `ERROR: failed to build: unable to prepare context: path "${join(directory, 'none')}" not found`,
    );
    const empty = await run([directory]);
    expect(empty.err).toContain(`open ${join(directory, 'Dockerfile')}: no such file or directory`);
    expect(empty.err).toContain('name another file with -f');
    await writeFile(join(directory, 'Containerfile'), '');
    expect((await run([directory])).err).toContain(`use -f ${join(directory, 'Containerfile')}`);
  });

  test('standard input is a Dockerfile or a tar', async () => {
    const text = await run(['-'], { stdin: bytes('FROM scratch\n') });
    expect(text.spec.context).toBeUndefined();
    expect(text.spec.dockerfile).toBe('FROM scratch\n');
    const gzip = Buffer.from([0x1f, 0x8b, 8, 0, 1]);
    const archive = await run(['-f', 'sub/Dockerfile', '-'], { stdin: stream(gzip) });
    expect(archive.spec).toMatchObject({
      context: { kind: 'archive', digest: id },
      dockerfilePath: 'sub/Dockerfile',
    });
    expect(Buffer.from(archive.archives[0] ?? '')).toHaveLength(
      Buffer.from(gzip.toString()).length,
    );
    expect((await run(['-'], { stdin: bytes(' \n') })).err).toContain('standard input is empty');
    expect((await run(['-'], { tty: true })).err).toContain('that is a terminal');
    expect((await run(['-f', '-', '-'])).err).toContain("can't use stdin for both");
  });

  test('-f - with a directory', async () => {
    const path = await withDockerfile();
    const { spec } = await run(['-f', '-', path], { stdin: bytes('FROM a\n') });
    expect(spec.dockerfile).toBe('FROM a\n');
    expect(spec.context?.kind).toBe('tree');
  });

  test('URLs are left to the daemon', async () => {
    const git = await run(['https://example.org/a.git#v1:dir']);
    expect(git.spec.context).toEqual({ kind: 'git', url: 'https://example.org/a.git#v1:dir' });
    const http = await run(['https://example.org/a.tar.gz']);
    expect(http.spec.context).toEqual({ kind: 'http', url: 'https://example.org/a.tar.gz' });
  });

  test('named contexts', async () => {
    const path = await withDockerfile();
    const { spec, synced } = await run([
      ...['--build-context', 'base=docker-image://debian:12'],
      ...['--build-context', 'src=https://example.org/a.git'],
      ...['--build-context', 'x=target:build', '--build-context', `files=${path}`],
      'https://example.org/a.tar.gz',
    ]);
    expect(Object.fromEntries(spec.namedContexts)).toEqual({
      base: { kind: 'image', reference: 'debian:12' },
      src: { kind: 'git', url: 'https://example.org/a.git' },
      x: { kind: 'stage', stage: 'build' },
      files: { kind: 'tree', digest: synced[0] },
    });
    const layouts = ['one', 'two:1', `three@sha256:${'a'.repeat(64)}`].flatMap((name, at) => [
      '--build-context',
      `l${at}=oci-layout://${path}${name.replace(/^[a-z]+/, '')}`,
    ]);
    const digest = synced[0];
    expect([...(await run([...layouts, url])).spec.namedContexts.values()]).toEqual([
      { kind: 'oci-layout', digest, reference: '' },
      { kind: 'oci-layout', digest, reference: ':1' },
      { kind: 'oci-layout', digest, reference: `@sha256:${'a'.repeat(64)}` },
    ]);
    expect((await run(['--build-context', 'l=oci-layout://d', url])).err).toContain(
      'no OCI layout',
    );
  });
});

const url = 'https://example.org/a.tar.gz';

describe('flags', () => {
  test('all that a spec has', async () => {
    const argv =
      '--target t --build-arg A=1 --build-arg B --label k=v --annotation index:a=b --no-cache --no-cache-filter x,y ' +
      '--pull --platform linux/amd64,linux/arm64/v8 --platform amd64 --allow network.host --add-host h:host-gateway ' +
      '--network mynet --ulimit nofile=1:2 --shm-size 1m -m 64m --memory-swap 128m --cpus 1.5 --cpu-shares 2 ' +
      '--cpuset-cpus 0 --cgroup-parent p --dns 10.0.0.1 --provenance=mode=max --sbom --explain --parallelism 3 ' +
      '--source-date-epoch 7 --cache-from a/b:c --cache-to type=inline --compress --rm --force-rm';
    const { code, spec } = await run([...argv.split(' '), url], { env: { B: 'b' } });
    expect(code).toBe(0);
    expect(spec).toMatchObject({
      target: 't',
      buildArgs: new Map([
        ['A', '1'],
        ['B', 'b'],
      ]),
      labels: new Map([['k', 'v']]),
      annotations: new Map([['index:a', 'b']]),
      noCache: true,
      noCacheStages: ['x', 'y'],
      pull: true,
      platforms: ['linux/amd64', 'linux/arm64'],
      entitlements: ['network.host'],
      provenance: 'max',
      sbom: true,
      explain: true,
      verify: false,
      keepFailed: false,
      parallelism: 3,
      sourceDateEpoch: 7n,
      cacheFrom: [{ kind: 'registry', reference: 'a/b:c', mode: 'min', ignoreError: false }],
      cacheTo: [{ kind: 'inline' }],
    });
    expect(spec.resources).toEqual({
      network: 'mynet',
      extraHosts: ['h:host-gateway'],
      ulimits: [{ name: 'nofile', soft: 1n, hard: 2n }],
      shmSize: 1_048_576n,
      memory: 67_108_864n,
      memorySwap: 134_217_728n,
      nanoCpus: 1_500_000_000n,
      cpuShares: 2n,
      cpusetCpus: '0',
      cgroupParent: 'p',
      dns: ['10.0.0.1'],
    });
  });

  test('--network host allows itself', async () => {
    const { spec } = await run(['--network', 'host', '--allow', 'security.insecure', url]);
    expect(spec.entitlements).toEqual(['network.host', 'security.insecure']);
  });

  test('quota and period are processors', async () => {
    const { spec } = await run(['--cpu-quota', '50000', url]);
    expect(spec.resources.nanoCpus).toBe(500_000_000n);
  });

  test('SOURCE_DATE_EPOCH of the environment', async () => {
    expect((await run([url], { env: { SOURCE_DATE_EPOCH: '5' } })).spec.sourceDateEpoch).toBe(5n);
    expect(
      (await run([url], { env: { SOURCE_DATE_EPOCH: '' } })).spec.sourceDateEpoch,
    ).toBeUndefined();
    expect((await run([url], { env: { SOURCE_DATE_EPOCH: 'x' } })).err).toContain('whole seconds');
  });

  test('wrong ones end in 125, --squash says why not', async () => {
    expect((await run(['--nope', url])).code).toBe(125);
    expect((await run(['-o', 'type=x', url])).code).toBe(125);
    const squash = await run(['--squash', url]);
    expect(squash.err).toContain('--squash is not supported');
    expect(squash.code).toBe(1);
  });

  test('secrets', async () => {
    await writeFile(join(directory, 's'), 'from file');
    const secrets = ['--secret', `id=f,src=${join(directory, 's')}`, '--secret', 'id=e,env=E'];
    const { spec } = await run([...secrets, url], { env: { E: 'from env' } });
    expect(
      spec.secrets.map(({ id: name, value }) => [name, Buffer.from(value).toString()]),
    ).toEqual([
      ['f', 'from file'],
      ['e', 'from env'],
    ]);
    expect((await run(['--secret', 'id=x,env=NONE', url])).err).toContain('NONE');
    expect((await run(['--secret', 'id=x,src=/none/x', url])).err).toContain('no such file');
  });

  test('an agent is reached through its socket, a key is refused', async () => {
    const path = join(directory, 'agent');
    const server = createServer((socket) => void socket.pipe(socket));
    await new Promise<void>((resolve) => void server.listen(path, resolve));
    try {
      const { spec, options } = await run(['--ssh', 'default', url], {
        env: { SSH_AUTH_SOCK: path },
      });
      expect(spec.sshAgents).toEqual(['default']);
      const agent = await options.agent?.('default');
      await agent?.write(Buffer.from('ping'));
      for await (const data of agent?.output ?? []) {
        expect(Buffer.from(data).toString()).toBe('ping');
        break;
      }
      await agent?.close();
      await expect(options.agent?.('other')).rejects.toThrow('no such ssh agent');
    } finally {
      server.close();
    }
    await writeFile(join(directory, 'key'), 'x');
    expect((await run(['--ssh', `k=${join(directory, 'key')}`, url])).err).toContain(
      'it is no private key',
    );
    expect((await run(['--ssh', 'default', url])).err).toContain('SSH_AUTH_SOCK');
  });

  test('credentials of config.json', async () => {
    const auth = Buffer.from('me:pw').toString('base64');
    await mkdir(join(directory, '.docker'));
    await writeFile(
      join(directory, '.docker', 'config.json'),
      JSON.stringify({ auths: { 'r.example.org': { auth }, 'https://index.docker.io/v1/': {} } }),
    );
    const { spec } = await run([url], { home: directory });
    expect([...spec.credentials.keys()]).toEqual(['r.example.org']);
  });
});

describe('results', () => {
  test('-q prints the id alone', async () => {
    const { out, err } = await run(['-q', url]);
    expect([out, err]).toEqual([`${id}\n`, '']);
  });

  test('files for scripts, and the lock file', async () => {
    const path = await withDockerfile();
    const [iid, meta] = [join(directory, 'iid'), join(directory, 'meta')];
    await run(['--iidfile', iid, '--metadata-file', meta, '--lock', path]);
    expect(await readFile(iid, 'utf8')).toBe(id);
    expect(await readFile(meta, 'utf8')).toBe('{"a":1}\n');
    expect(await readFile(join(path, 'Dockerfile.lock'), 'utf8')).toBe('pinned\n');
    const again = await run(['--locked', path]);
    expect(again.spec).toMatchObject({ lock: 'pinned\n', locked: true });
    expect((await run(['--lock', '--pull', path])).spec.lock).toBeUndefined();
    await rm(join(path, 'Dockerfile.lock'));
    expect((await run(['--locked', path])).err).toContain('write it with `wharf build --lock`');
    expect((await run(['--lock', url])).err).toContain('build a directory');
  });

  test('a tar to standard output and to a file', async () => {
    const frames = (): AsyncIterable<BuildFrame> =>
      stream<BuildFrame>(
        { kind: 'output', index: 0, data: Buffer.from('abc'), last: false },
        { kind: 'output', index: 0, data: Buffer.from('def'), last: false },
        { kind: 'output', index: 0, data: Buffer.alloc(0), last: true },
        done,
      );
    expect((await run(['-o', '-', url], { frames: frames() })).out).toBe('abcdef');
    const file = join(directory, 'x.tar');
    await run(['-o', `type=oci,dest=${file}`, url], { frames: frames() });
    expect(await readFile(file, 'utf8')).toBe('abcdef');
    expect((await run(['-o', '-', url], { tty: true })).err).toContain('terminal');
  });

  test('an output without its end leaves no file', async () => {
    const file = join(directory, 'x.tar');
    const frames = stream<BuildFrame>(
      { kind: 'output', index: 0, data: Buffer.from('abc'), last: false },
      done,
    );
    const { code, err } = await run(['-o', `type=tar,dest=${file}`, url], { frames });
    expect([code, err]).toEqual([1, expect.stringContaining('was cut off')]);
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  test('warnings stand at the end', async () => {
    const frames = stream<BuildFrame>(
      {
        kind: 'warning',
        warning: {
          rule: 'StageNameCasing',
          message: "stage name 'A' is not lower case",
          detail: 'd',
          url: 'u',
          place: { file: 'Dockerfile', firstLine: 3, lastLine: 3, excerpt: '3 | FROM a AS A' },
        },
      },
      done,
    );
    expect((await run([url], { frames })).err).toBe(
      "\n 1 warning found (use wharf -D build to expand):\n - StageNameCasing: stage name 'A' is not lower case (line 3)\n",
    );
  });

  test('--verify names what differs', async () => {
    const frames = stream<BuildFrame>({ kind: 'verified', same: false, differences: ['/f'] }, done);
    const { code, err } = await run(['--verify', url], { frames });
    expect(code).toBe(1);
    expect(err).toContain('a second build differs in\n  /f\n');
  });
});
