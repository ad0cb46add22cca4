import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeSpace, startDaemon, tempDir } from '@wharf/testing';
import type { RunResult, Space, TempDir, TestDaemon } from '@wharf/testing';
import { chooseSeed, random } from '../fault/random.js';
import { lines, writeContext } from '../support/build-context.js';
import { buildRemains, noRemains } from '../support/build-remains.js';
import { file, tar } from '../support/tar.js';

const deaths = Number(process.env['WHARF_BUILD_DEATHS'] ?? '5');

let space: Space;
let daemon: TestDaemon;
let context: TempDir;

/** Each kind of operation, two stages side by side, and every kind of mount. */
const dockerfile = lines(
  'FROM busybox AS one',
  'RUN mkdir /one && for i in $(seq 200); do echo $i >/one/$i; done; sleep 0.1',
  'COPY --chmod=600 files /one/files',
  'RUN --mount=type=cache,target=/cache,sharing=locked echo x >>/cache/runs; rm -r /one/1*; sleep 0.1',
  'FROM busybox AS two',
  'ADD archive.tar /two/',
  'RUN --mount=type=tmpfs,target=/tmp/t --mount=type=bind,target=/context cp -r /context/files /two/; sleep 0.1',
  'RUN --mount=type=secret,id=key,env=KEY sha256sum /run/secrets/key >/two/sum || test -n "$KEY"',
  'FROM busybox',
  'COPY --from=one /one /one',
  'COPY --from=two --link /two /two',
  'WORKDIR /made/here',
  'RUN sleep 0.1; ls -R / >/dev/null; ln /two/files/5 /made/five',
  'ENV DONE=1',
);

async function ok(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await daemon.wharf(args);
  expect(code, `${args.join(' ')}: ${stderr}`).toBe(0);
  return stdout.trim();
}

const build = (...flags: string[]): Promise<RunResult> => {
  const secret = `id=key,src=${join(context.path, 'Dockerfile')}`;
  const given = ['--progress', 'plain', '--secret', secret, '-t', 'made', ...flags];
  return daemon.wharf(['build', ...given, context.path]);
};

beforeAll(async () => {
  space = await makeSpace();
  daemon = await startDaemon({ space: space.name });
  context = await tempDir();
  const files = Array.from({ length: 100 }, (_, n) => [`files/${n}`, `${n}\n`.repeat(n)] as const);
  await writeContext(context.path, {
    Dockerfile: dockerfile,
    'archive.tar': tar(...files.map(([name, body]) => file(name, body))),
    ...Object.fromEntries(files),
  });
  await ok('image', 'bootstrap', 'busybox');
}, 60_000);

afterAll(async () => {
  await using undo = new AsyncDisposableStack();
  undo.defer(() => context.remove());
  undo.use(space);
  undo.use(daemon);
  await daemon.assertNoLeaks();
}, 60_000);

const digest = (): Promise<string> => ok('inspect', '-f', '{{.Id}}', 'made');

async function forget(): Promise<void> {
  await daemon.wharf(['rmi', 'made']);
  await ok('builder', 'prune', '-af');
}

/** Names of the steps of stages that a build has told to be over, one way or the other. */
function over(output: string, how: 'DONE' | 'CACHED'): readonly string[] {
  const names = new Map(
    [...output.matchAll(/^#(\d+) (\[.*\] .*)$/gm)].map(([, id = '', name = '']) => [id, name]),
  );
  return [...output.matchAll(new RegExp(`^#(\\d+) ${how}`, 'gm'))]
    .map(([, id = '']) => names.get(id) ?? '')
    .filter((name) => name !== '' && !name.startsWith('[internal]') && !/\] FROM /.test(name))
    .sort();
}

/** What the kernel has for networks in the space, without counters and states. */
async function networks(): Promise<string> {
  const links = await space.host(['ip', '-brief', 'link']);
  const rules = await space.host(['nft', '--stateless', 'list', 'ruleset']);
  const names = links.stdout.split('\n').map((line) => line.split(' ')[0]);
  return [...names, rules.stdout].join('\n');
}

test(
  `after each of ${deaths} deaths nothing of the build is left, and what it had finished is cached`,
  { timeout: 60_000 + deaths * 60_000 },
  async () => {
    const moments = random(chooseSeed('builds'));
    const begin = performance.now();
    expect(await build()).toMatchObject({ code: 0 });
    const longestMs = Math.ceil(performance.now() - begin);
    const undisturbed = await digest();
    await expect.poll(() => buildRemains(daemon)).toEqual(noRemains);
    const idle = await networks();
    let kept = 0;
    for (let death = 0; death < deaths; death++) {
      await forget();
      const dying = build();
      const moment = moments.below(longestMs);
      await sleep(moment);
      await daemon.kill9();
      const { stderr: told } = await dying;
      await daemon.start();
      const after = `death ${death} after ${moment} of ${longestMs} ms:\n${told}`;
      await expect
        .poll(() => buildRemains(daemon), { timeout: 5000, message: after })
        .toEqual(noRemains);
      await expect.poll(networks, { timeout: 5000, message: after }).toEqual(idle);
      const { code, stderr } = await build();
      expect(code, `${after}\n${stderr}`).toBe(0);
      const finished = over(told, 'DONE');
      kept += finished.length;
      const cached = over(stderr, 'CACHED');
      expect(
        finished.filter((name) => !cached.includes(name)),
        `${after}\n${stderr}`,
      ).toEqual([]);
      expect(await digest(), after).toBe(undisturbed);
      const again = await build();
      expect(over(again.stderr, 'DONE'), after).toEqual([]);
      await expect.poll(() => buildRemains(daemon)).toEqual(noRemains);
    }
    process.stdout.write(`${deaths} deaths, ${kept} finished steps\n`);
    const errors = (await daemon.log()).split('\n').filter((line) => / ERROR /.test(line));
    expect(errors).toEqual([]);
  },
);
