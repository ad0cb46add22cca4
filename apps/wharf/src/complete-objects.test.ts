import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError, type Engine, type Network, type Volume } from '@wharf/core';
import { expect, test } from 'vitest';
import { tempDir } from '@wharf/testing';
import { globalFlags } from './argv/globals.js';
import { complete } from './argv/complete.js';
import { parseArgv } from './argv/parse.js';
import { wharfProgram } from './cli.js';
import { completeObjects } from './complete-objects.js';
import { fakeEngine } from './testing/test-engine.js';
import { fakeIo } from './testing/test-io.js';

const volume = (name: string, anonymous = false): Volume =>
  ({ name, driver: 'local', anonymous }) as Partial<Volume> as Volume;
const network = { spec: { name: 'front', driver: 'bridge' } } as unknown as Network;

const engine = fakeEngine({
  networks: { list: () => Promise.resolve([network]) },
  volumes: { list: () => Promise.resolve([volume('data'), volume('ab12', true)]) },
});
const down = fakeEngine({
  networks: { list: () => Promise.reject(new UnavailableError('no daemon')) },
});

async function words(of: Engine, ...typed: string[]) {
  const program = wharfProgram(fakeIo());
  const globals = parseArgv([], globalFlags('/nowhere')).flags;
  const context = { ...(await program.createContext(globals)), engine: () => Promise.resolve(of) };
  const found = await complete(
    { ...program, complete: (request) => completeObjects(context, request) },
    typed,
    { signal: new AbortController().signal },
  );
  return [found.candidates.map(({ value }) => value), found.directive];
}

test('networks by name; those that are always there also without a daemon', async () => {
  expect(await words(engine, 'network', 'rm', 'f')).toEqual([['front'], 4]);
  expect(await words(engine, 'run', '--network', '')).toEqual([['front', 'none', 'host'], 4]);
  expect(await words(down, 'run', '--network', '')).toEqual([['none', 'host'], 4]);
});

test('volumes that have a name, and files where none begins so', async () => {
  expect(await words(engine, 'volume', 'rm', '')).toEqual([['data'], 4]);
  expect(await words(engine, 'run', '-v', 'd')).toEqual([['data'], 4]);
  expect(await words(engine, 'run', '-v', './')).toEqual([[], 0]);
});

test('stages of the Dockerfile that -f names, or of the directory', async () => {
  await using folder = await tempDir();
  const directory = join(folder.path, 'context');
  await mkdir(directory);
  const text = 'FROM alpine AS base\nFROM base AS Build\nRUN x\nFROM base\n';
  await writeFile(join(directory, 'Dockerfile'), text);
  await writeFile(join(folder.path, 'other'), 'FROM scratch AS only\n');
  const build = (...typed: string[]) => words(down, 'build', ...typed);
  expect(await build(directory, '--target', '')).toEqual([['base', 'build'], 4]);
  expect(await build(directory, '--target=bu')).toEqual([['--target=build'], 4]);
  const other = join(folder.path, 'other');
  expect(await build('-f', other, '--target', '')).toEqual([['only'], 4]);
  expect(await build(`--file=${other}`, '--target', '')).toEqual([['only'], 4]);
  expect(await build('-f', join(folder.path, 'none'), '--target', '')).toEqual([[], 1]);
});

test('platforms, the next one behind a comma, and what progress and outputs may be', async () => {
  expect(await words(down, 'build', '--platform', 'linux/arm')).toEqual([
    ['linux/arm64', 'linux/arm/v7', 'linux/arm/v6'],
    4,
  ]);
  expect(await words(down, 'build', '--platform', 'linux/arm64,linux/arm6')).toEqual([[], 4]);
  expect(await words(down, 'build', '--platform', 'linux/arm64,linux/am')).toEqual([
    ['linux/arm64,linux/amd64'],
    4,
  ]);
  expect(await words(down, 'pull', '--platform=linux/s')).toEqual([['--platform=linux/s390x'], 4]);
  expect(await words(down, 'build', '--progress', 'p')).toEqual([['plain'], 4]);
  expect(await words(down, 'build', '-o', 'type=l')).toEqual([['type=local,dest='], 6]);
  expect(await words(down, 'build', '-o', 'type=d')).toEqual([['type=docker'], 4]);
  expect(await words(down, 'build', '-o', 'out')).toEqual([[], 16]);
});
