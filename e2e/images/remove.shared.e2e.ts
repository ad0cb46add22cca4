import { expect, onTestFinished, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { cli, ok, refused } = engine;

/** An image of its own, under these names; gives its id. */
async function image(names: readonly string[], changes: readonly string[] = []): Promise<string> {
  const [first = '', ...others] = names;
  const container = await engine.created(['busybox', 'true']);
  const flags = [`LABEL test=${String(Math.random())}`, ...changes].flatMap((one) => ['-c', one]);
  const id = await ok(['commit', ...flags, container, ...(first === '' ? [] : [first])]);
  for (const name of others) await ok(['tag', id, name]);
  onTestFinished(async () => void (await cli(['rmi', '-f', id])));
  return id;
}
const short = (id: string): string => id.replace('sha256:', '').slice(0, 12);
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const ids = async (...args: string[]): Promise<string[]> =>
  lines(await ok(['images', '-q', '--no-trunc', ...args]));

test('the last name of an image that a container was made from is refused', async () => {
  const id = await image(['used:1']);
  const container = await engine.created(['used:1', 'true']);
  expect((await refused(['rmi', 'used:1'])).stderr).toContain(
    `conflict: unable to remove repository reference "used:1" (must force) - container ${short(container)} is using its referenced image ${short(id)}`,
  );
  expect((await refused(['rmi', id])).stderr).toContain(
    `conflict: unable to delete ${short(id)} (must be forced) - image is being used by stopped container ${short(container)}`,
  );
  expect(await ids('used:1')).toEqual([id]);
  expect(await ok(['rmi', '-f', 'used:1'])).toContain('Untagged: used:1');
});

test('what a running container uses goes not even by force', async () => {
  const id = await image(['runs:1', 'runs:2']);
  const container = await engine.container([id, 'sleep', '600']);
  const why = `conflict: unable to delete ${short(id)} (cannot be forced) - image is being used by running container ${short(container)}`;
  expect((await refused(['rmi', id])).stderr).toContain(why);
  expect((await refused(['rmi', '-f', id])).stderr).toContain(why);
  expect(await ok(['rmi', 'runs:1'])).toBe('Untagged: runs:1');
  expect(await ok(['rmi', '-f', 'runs:2'])).toBe('Untagged: runs:2');
  expect(await ids('-f', 'dangling=true')).toContain(id);
});

test('an image in several repositories goes by its id with force alone', async () => {
  const id = await image(['here:1', 'there:1']);
  expect((await refused(['rmi', id])).stderr).toContain(
    `conflict: unable to delete ${short(id)} (must be forced) - image is referenced in multiple repositories`,
  );
  const gone = lines(await ok(['rmi', '-f', short(id)]));
  expect(gone.slice(0, 2).sort()).toEqual(['Untagged: here:1', 'Untagged: there:1']);
  expect(gone[2]).toBe(`Deleted: ${id}`);
});

test('an image that loses its name is dangling, and shown so', async () => {
  const first = await image(['moves:1']);
  const second = await image(['moves:1']);
  expect(await ids('-f', 'dangling=true')).toContain(first);
  expect(await ids('-f', 'dangling=false')).not.toContain(first);
  expect(await ids('moves')).toEqual([second]);
  const format = ['--no-trunc', '--format', '{{.ID}} {{.Repository}}:{{.Tag}} {{.Digest}}'];
  const rows = lines(await ok(['images', ...format]));
  expect(rows).toContain(`${first} <none>:<none> <none>`);
  expect(rows).toContain(`${second} moves:1 <none>`);
  expect(await ok(['rmi', first])).toContain(`Deleted: ${first}`);
});

test('before, since, label and reference choose', async () => {
  const one = await image(['pick:1'], ['LABEL k=v']);
  const two = await image(['pick:2'], ['LABEL k=w', 'LABEL only=two']);
  const pick = async (...filters: string[]): Promise<string[]> => {
    const chosen = await ids(...filters.flatMap((filter) => ['-f', filter]));
    return [one, two].filter((id) => chosen.includes(id));
  };
  expect(await pick('before=pick:2')).toEqual([one]);
  expect(await pick('since=pick:1')).toEqual([two]);
  expect(await pick(`since=${short(one)}`)).toEqual([two]);
  expect(await pick('label=k')).toEqual([one, two]);
  expect(await pick('label=k=v')).toEqual([one]);
  expect(await pick('label=k', 'label=only')).toEqual([two]);
  expect(await pick('label=k=other')).toEqual([]);
  expect(await pick('reference=p*k:2')).toEqual([two]);
  expect(await pick('reference=pick:1', 'reference=pick:2')).toEqual([one, two]);
  expect(await pick('reference=pick', 'label=k=v')).toEqual([one]);
  expect((await refused(['images', '-f', 'before=absent:1'])).stderr).toMatch(/no such image/i);
  expect((await refused(['images', '-f', 'dangling=maybe'])).stderr).toMatch(/invalid filter/i);
});

test('prune takes what its filters mean, and nothing that has a name or a container', async () => {
  const labelled = await image([''], ['LABEL prune=yes']);
  const other = await image([''], ['LABEL other=1']);
  const used = await image([''], ['LABEL prune=yes', 'LABEL used=1']);
  const named = await image(['kept:1'], ['LABEL prune=yes']);
  await engine.created([used, 'true']);
  const prune = (...filters: string[]) =>
    ok(['image', 'prune', '-f', ...filters.flatMap((filter) => ['--filter', filter])]);
  expect(await prune('until=1h')).toBe('Total reclaimed space: 0B');
  expect(await prune('label=nobody')).toBe('Total reclaimed space: 0B');
  const text = await prune('label=prune', 'until=0s');
  expect(text).toContain(`Deleted Images:\ndeleted: ${labelled}\n`);
  expect(text).toMatch(/\n\nTotal reclaimed space: [\d.]+k?B$/);
  const left = await ids('-a');
  expect(left).toEqual(expect.arrayContaining([other, used, named]));
  expect(left).not.toContain(labelled);
  expect(await prune('label!=prune')).toContain(`deleted: ${other}`);
  expect((await refused(['image', 'prune', '-f', '--filter', 'colour=red'])).stderr).toMatch(
    /invalid filter/i,
  );
});

test('prune asks, and nothing goes unless the answer is yes', async () => {
  const id = await image(['']);
  for (const stdin of ['', 'n\n', '\n']) {
    const { stdout, stderr } = await cli(['image', 'prune'], { stdin });
    expect(stdout + stderr).toContain('WARNING! This will remove all dangling images.');
  }
  expect(await ids('-a')).toContain(id);
  expect(await ok(['image', 'prune'], { stdin: 'y\n' })).toContain(`deleted: ${id}`);
});

test('system df -v counts what images share once', async () => {
  await image(['shares:1']);
  const text = await ok(['system', 'df', '-v']);
  expect(text).toContain('SHARED SIZE');
  const row = lines(text).find((line) => line.startsWith('shares '));
  const [, , , , size, shared, unique, containers] = row?.split(/\s{2,}/) ?? [];
  expect([parseFloat(size ?? ''), parseFloat(shared ?? '')]).toEqual([
    expect.closeTo(1.98, 1),
    expect.closeTo(1.98, 1),
  ]);
  expect([unique, containers]).toEqual(['0B', '0']);
});
