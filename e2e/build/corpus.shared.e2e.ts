import { appendFile, mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isOracle, tempDir } from '@wharf/testing';
import type { RunResult, TempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { contextOf, corpus, expectedOf, readCase, writeExpected } from '../support/corpus/case.js';
import type { Case } from '../support/corpus/case.js';
import { readDifferences, surprises } from '../support/corpus/differences.js';
import type { Differences } from '../support/corpus/differences.js';
import { facts } from '../support/corpus/facts.js';
import type { Facts } from '../support/corpus/facts.js';
import { savedImage } from '../support/corpus/image.js';
import type { SavedImage } from '../support/corpus/image.js';
import { podmanOnItsOwn } from '../support/podman.js';
import type { Podman } from '../support/podman.js';

/**
 * The same Dockerfiles by Wharf and, with tools/oracle, by Docker's BuildKit, its classic builder and buildah. What is expected was written
 * from Docker (`UPDATE_CORPUS=1 tools/oracle build/corpus`; then `UPDATE_CORPUS=1` with Wharf, for what Docker cannot
 * build); `differences.json` explains what is other elsewhere.
 */
const engine = useEngine();
/** `tools/oracle --sid` has engines that can do what Debian 12's cannot; what they do otherwise is their own. */
const isNewer = process.env['WHARF_ORACLE'] === 'sid';
const update = process.env['UPDATE_CORPUS'] === '1' && !isNewer;
const names = (await readdir(corpus, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

const undo = new AsyncDisposableStack();
let differences: Differences;
let base: SavedImage;
let archives: TempDir;
beforeAll(async () => {
  differences = await readDifferences();
  archives = undo.use(await tempDir());
  base = await saved('busybox');
});
afterAll(() => undo.disposeAsync());

async function saved(image: string): Promise<SavedImage> {
  const { stdoutBytes } = await engine.cli(['save', image]);
  return savedImage(stdoutBytes);
}

interface Builder {
  build(args: readonly string[]): Promise<RunResult>;
  image(name: string): Promise<SavedImage>;
  readonly base: SavedImage;
}

/** What a builder makes of a case; nothing but `refused` when it builds no image. */
async function built(builder: Builder, each: Case): Promise<Facts> {
  await using context = await contextOf(each);
  const name = `corpus-${each.name}`.replaceAll('*', '').toLowerCase();
  const file = ['-f', join(context.path, each.file)];
  const result = await builder.build(['-t', name, ...file, ...each.args, context.path]);
  if (result.code === 0) return facts(await builder.image(name), builder.base);
  if (process.env['CORPUS_VERBOSE'] !== undefined)
    process.stderr.write(`${each.name}: ${result.stderr}${result.stdout}\n`);
  return { refused: true };
}

async function compare(name: string, builder: Builder, each: Case): Promise<void> {
  const actual = await built(builder, each);
  const known = { ...differences[name]?.['*'], ...differences[name]?.[each.name] };
  const found = surprises(await expectedOf(each), actual, known);
  await report({ engine: name, case: each.name, found });
  expect(found, JSON.stringify(found)).toEqual([]);
}

/** `CORPUS_REPORT=FILE` gets a line of JSON for each case as soon as it is compared. */
async function report(line: object): Promise<void> {
  const path = process.env['CORPUS_REPORT'];
  if (path !== undefined) await appendFile(path, `${JSON.stringify(line)}\n`);
}

const timeout = 120_000;

const [dockerName, buildahName] = isNewer
  ? ['docker of sid', 'buildah of sid']
  : ['docker', 'buildah'];

describe(isOracle() ? dockerName : 'wharf', () => {
  const own: Builder = {
    build: (args) => engine.cli(['build', ...args], { env: { DOCKER_BUILDKIT: '1' }, timeout }),
    image: saved,
    get base() {
      return base;
    },
  };
  test.concurrent.each(names)('%s', { timeout }, async (name) => {
    const each = await readCase(name);
    if (isOracle() && !isNewer && each.docker !== undefined) return;
    if (update && isOracle() !== (each.docker !== undefined)) {
      await writeExpected(each, await built(own, each));
    }
    await compare(isOracle() ? dockerName : 'wharf', own, each);
  });
});

describe.runIf(isOracle() && !isNewer)('classic', () => {
  const classic: Builder = {
    build: (args) => engine.cli(['build', ...args], { env: { DOCKER_BUILDKIT: '0' }, timeout }),
    image: saved,
    get base() {
      return base;
    },
  };
  test.each(names)('%s', { timeout }, async (name) => {
    const each = await readCase(name);
    if (each.classic === undefined) await compare('classic', classic, each);
  });
});

describe.runIf(isOracle())(buildahName, () => {
  // Its accounts are not Docker's.
  const env = { DOCKER_CONFIG: undefined };
  let podman: Podman;
  let builder: Builder;
  beforeAll(async () => {
    podman = undo.use(await podmanOnItsOwn());
    const archive = join(podman.work, 'busybox.tar');
    await engine.ok(['save', '-o', archive, 'busybox']);
    await podman.buildah.ok(['pull', `docker-archive:${archive}`], { env });
    const image = async (name: string): Promise<SavedImage> => {
      const path = join(archives.path, name);
      await mkdir(archives.path, { recursive: true });
      await podman.buildah.ok(['push', name, `docker-archive:${path}:${name}:latest`], { env });
      const found = savedImage(await readFile(path));
      await rm(path);
      return found;
    };
    const flags = [
      '--layers',
      '--format',
      'docker',
      '--isolation',
      'chroot',
      '--network',
      'host',
      '--pull=never',
    ];
    builder = {
      build: (args) =>
        podman.buildah.cli(['bud', '--identity-label=false', ...flags, ...args], { timeout, env }),
      image,
      base: await image('busybox'),
    };
  }, timeout);
  test.each(names)('%s', { timeout }, async (name) => {
    const each = await readCase(name);
    if (isNewer || each.buildah === undefined) await compare(buildahName, builder, each);
  });
});
