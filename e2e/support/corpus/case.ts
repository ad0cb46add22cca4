import { existsSync } from 'node:fs';
import { chmod, cp, lstat, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, tempDir } from '@wharf/testing';
import { FailedPreconditionError } from '@wharf/core';
import type { TempDir } from '@wharf/testing';
import type { Facts } from './facts.js';

export const corpus = join(import.meta.dirname, '../../build/corpus');

/** One folder of the corpus: a context, with some files that are about it. */
export interface Case {
  readonly name: string;
  /** Flags of the build beside the context. */
  readonly args: readonly string[];
  /** Name of the Dockerfile. */
  readonly file: string;
  /** Why Docker, its classic builder or buildah cannot build it; what is expected is then what the reference says. */
  readonly docker?: string;
  readonly classic?: string;
  readonly buildah?: string;
}

/** Files that are no part of the context. */
const about = ['case.json', 'expected.json', 'prepare.sh'];

export async function readCase(name: string): Promise<Case> {
  const path = join(corpus, name, 'case.json');
  const given = existsSync(path) ? ((await json(path)) as Partial<Case>) : {};
  return { args: [], file: 'Dockerfile', ...given, name };
}

/**
 * A copy of the context with the modes that git has, whatever the umask was at the checkout; `prepare.sh` then makes what
 * git cannot keep.
 */
export async function contextOf({ name }: Case): Promise<TempDir> {
  const folder = await tempDir('wharf-corpus-');
  await cp(join(corpus, name), folder.path, { recursive: true, verbatimSymlinks: true });
  await normalize(folder.path);
  const script = join(corpus, name, 'prepare.sh');
  await Promise.all(about.map((file) => rm(join(folder.path, file), { force: true })));
  if (!existsSync(script)) return folder;
  const prepared = 'umask 022; . "$0"';
  const { code, stderr } = await run('sh', ['-ec', prepared, script], { cwd: folder.path });
  if (code === 0) return folder;
  throw new FailedPreconditionError(`${name}: prepare.sh: exit code ${code}: ${stderr}`);
}

async function normalize(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) return;
  await chmod(path, found.isDirectory() || (found.mode & 0o100) !== 0 ? 0o755 : 0o644);
  if (!found.isDirectory()) return;
  for (const name of await readdir(path)) await normalize(join(path, name));
}

/** What Docker has made of it, or Wharf, where Docker cannot. */
export async function expectedOf({ name }: Case): Promise<Facts> {
  return (await json(join(corpus, name, 'expected.json'))) as Facts;
}

export async function writeExpected({ name }: Case, facts: Facts): Promise<void> {
  await writeFile(join(corpus, name, 'expected.json'), `${JSON.stringify(facts, undefined, 2)}\n`);
}

const json = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));
