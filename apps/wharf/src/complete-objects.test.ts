import { UnavailableError, type Engine, type Network, type Volume } from '@wharf/core';
import { expect, test } from 'vitest';
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
