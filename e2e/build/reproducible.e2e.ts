import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { run, startDaemon, tempDir } from '@wharf/testing';
import type { RunOptions, TestDaemon } from '@wharf/testing';
import { useEngine } from '../support.js';
import { directory, file, hardlink, symlink, tar } from '../support/tar.js';

/** Two daemons that have nothing in common but the machine. */
const engine = useEngine({ timeout: 60_000 });
let other: TestDaemon;

beforeAll(async () => {
  const env = { TZ: 'Pacific/Kiritimati', LANG: 'C', HOME: '/nowhere' };
  other = await startDaemon({
    ...{ hostname: 'somewhere-else', umask: '0077', env },
    timeout: 60_000,
  });
  const { code, stderr } = await other.wharf(['image', 'bootstrap', 'busybox']);
  expect({ code, stderr }).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await using ended = other;
  await ended.assertNoLeaks();
});

interface ContextFile {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly mode?: number;
}

/** A directory with these files, written in their order, all of that time. */
async function contextOf(files: readonly ContextFile[], time: number): Promise<string> {
  const dir = await tempDir();
  onTestFinished(() => dir.remove());
  for (const { name, content, mode = 0o644 } of files) {
    const path = join(dir.path, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await writeFile(path, content);
    await chmod(path, mode);
    await utimes(path, time, time);
    await utimes(dirname(path), time, time);
  }
  return dir.path;
}

const archive = tar(
  directory('bin', 0o711),
  file('bin/tool', 'tool', 0o4755),
  hardlink('bin/twin', 'bin/tool'),
  symlink('link', 'bin/tool'),
);

const dockerfile = `FROM busybox AS made
WORKDIR /srv/app
COPY --chown=7:8 --chmod=640 app/ ./
COPY . /context/
ADD archive.tar /unpacked/
RUN mkdir -p b/deep a && for i in 9 1 5 3; do echo $i >b/deep/$i; done && ln b/deep/5 a/twin && ln b/deep/5 aa \\
  && ln -s ../b a/link && mkfifo a/pipe && chmod 1777 b && chown 3:4 b/deep/9 && touch a/now && touch -d 1999-01-01 a/old
RUN true
RUN rm -r /context/app/z && rm /unpacked/bin/twin && mkdir /context/app/z && echo $HOSTNAME$(hostname) >/host-name
RUN --mount=type=cache,target=/cache --mount=type=tmpfs,target=/tmp/x --network=none echo x >/cache/x && cp /etc/hostname /name

FROM scratch
LABEL a=1
COPY --from=made / /
COPY --link --from=made /srv /linked
ENV X=y
CMD ["x"]
`;

const files: readonly ContextFile[] = [
  { name: 'Dockerfile', content: dockerfile },
  { name: 'archive.tar', content: archive },
  { name: 'app/one', content: '1', mode: 0o600 },
  { name: 'app/run', content: '#!/bin/sh\n', mode: 0o755 },
  { name: 'app/z/deep', content: 'z' },
  { name: 'app/é', content: 'name' },
];

type Builder = (args: readonly string[], options?: RunOptions) => Promise<string>;

const onFirst: Builder = (args, options) => engine.ok(args, options);
const onOther: Builder = async (args, options) => {
  const { code, stdout, stderr } = await other.wharf(args, options);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout;
};

interface Built {
  readonly manifest: string;
  /** SHA-256 of the archives. */
  readonly oci: string;
  readonly docker: string;
  readonly files: string;
}

async function build(
  builder: Builder,
  context: string,
  flags: readonly string[] = [],
): Promise<Built> {
  const dir = await tempDir();
  onTestFinished(() => dir.remove());
  const at = (name: string): string => join(dir.path, name);
  const outputs = ['oci', 'docker', 'tar'].flatMap((type) => [
    '--output',
    `type=${type},dest=${at(type)}${type === 'tar' ? '' : ',name=repro'}`,
  ]);
  const all = ['build', '-q', '-t', 'repro', '--load', ...outputs, ...flags, context];
  await builder([...all, '--metadata-file', at('metadata')]);
  const metadata = JSON.parse(await readFile(at('metadata'), 'utf8')) as Record<string, string>;
  const digest = async (name: string): Promise<string> =>
    createHash('sha256')
      .update(await readFile(at(name)))
      .digest('hex');
  return {
    manifest: metadata['containerimage.digest'] ?? '',
    oci: await digest('oci'),
    docker: await digest('docker'),
    files: await digest('tar'),
  };
}

test('the same files give the same image on another daemon, host and day, in any order', async () => {
  const first = await build(onFirst, await contextOf(files, 1_000_000_000));
  const context = await contextOf(files.toReversed(), 1_700_000_000);
  const second = await build(onOther, context, ['--no-cache', '--parallelism', '1']);
  expect(second).toEqual(first);
  expect(first.manifest).toMatch(/^sha256:/);
  expect(await build(onFirst, context)).toEqual(first);
  expect(await build(onFirst, context, ['--no-cache'])).toEqual(first);
}, 180_000);

test('of the host and the day nothing is in the config', async () => {
  const context = await contextOf(files, 1_000_000_000);
  await build(onFirst, context);
  const [config] = JSON.parse(await engine.ok(['image', 'inspect', 'repro'])) as [
    Record<string, unknown>,
  ];
  expect(config['Created']).toMatch(/^2000-01-01T00:00:00(\.000)?Z$/);
  const history = await engine.ok(['history', '--no-trunc', '--human=false', 'repro']);
  expect(history).not.toContain(String(new Date().getFullYear()));
  const { stdout: name } = await run('hostname', []);
  expect(JSON.stringify(config)).not.toContain(name.trim());
});

describe('the time of creation', () => {
  const simple: readonly ContextFile[] = [
    { name: 'Dockerfile', content: 'FROM busybox\nARG SOURCE_DATE_EPOCH\nRUN touch /f\n' },
  ];
  const stamp = ['run', '--rm', '--network', 'none', 'repro', 'stat', '-c', '%Y', '/f'];
  const created = ['image', 'inspect', '-f', '{{.Created}}', 'repro'];

  const git = async (directory_: string, ...args: readonly string[]): Promise<void> => {
    const date = '2020-02-02T02:02:02Z';
    const env = { GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date, HOME: directory_ };
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org'];
    const { code, stderr } = await run('git', ['-C', directory_, ...who, ...args], { env });
    expect({ code, stderr }).toMatchObject({ code: 0 });
  };

  test('is that of the git commit, on every checkout', async () => {
    const ignored = { name: '.dockerignore', content: '.git\n' };
    const context = await contextOf([...simple, ignored], 1_000_000_000);
    await git(context, 'init', '-q');
    await git(context, 'add', '.');
    await git(context, 'commit', '-q', '-m', 'a');
    const checkout = await tempDir();
    onTestFinished(() => checkout.remove());
    await git(checkout.path, 'clone', '-q', context, 'copy');
    const first = await build(onFirst, context);
    expect(await engine.ok(created)).toMatch(/^2020-02-02T02:02:02(\.000)?Z$/);
    expect(await build(onOther, join(checkout.path, 'copy'))).toEqual(first);
  });

  test.each([
    ['of the flag', ['--source-date-epoch', '1600000000'], {}],
    ['of the environment', [], { SOURCE_DATE_EPOCH: '1600000000' }],
    ['of the build argument', ['--build-arg', 'SOURCE_DATE_EPOCH=1600000000'], {}],
  ])('is SOURCE_DATE_EPOCH %s, and no file is younger', async (_what, flags, env) => {
    const context = await contextOf(simple, 1_000_000_000);
    await engine.ok(['build', '-q', '-t', 'repro', ...flags, context], { env });
    expect(await engine.ok(stamp)).toBe('1600000000');
    expect(await engine.ok(created)).toMatch(/^2020-09-13T12:26:40(\.000)?Z$/);
  });

  test('files are of 2000 without one', async () => {
    await engine.ok(['build', '-q', '-t', 'repro', await contextOf(simple, 1)]);
    expect(await engine.ok(stamp)).toBe('946684800');
  });
});
