import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { useEngine } from '../support.js';

const deaths = 12;
const engine = useEngine();
const { cli, ok } = engine;

async function mounted(): Promise<string[]> {
  const table = await readFile('/proc/self/mounts', 'utf8');
  const below = join(engine.daemon.dataRoot, 'volumes');
  return table.split('\n').flatMap((line) => {
    const [, place = ''] = line.split(' ');
    return place.startsWith(below) ? [place.slice(below.length + 1)] : [];
  });
}

/** Names that are known without a directory, or the reverse. */
async function strays(): Promise<string[]> {
  const known = lines(await ok(['volume', 'ls', '-q']));
  const names = await readdir(join(engine.daemon.dataRoot, 'volumes'));
  const there = names.filter((name) => !name.startsWith('.'));
  return [...new Set(known).symmetricDifference(new Set(there))];
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

test(
  'a daemon that is killed while it makes, mounts and removes volumes finds them all again',
  { timeout: 180_000 },
  async () => {
    const scratch = ['-o', 'type=tmpfs', '-o', 'device=tmpfs', '-o', 'o=size=1m'];
    await ok(['volume', 'create', ...scratch, 'kept']);
    const holder = await engine.container(['-v', 'kept:/d', 'busybox', 'sleep', '600']);
    await ok(['exec', holder, 'touch', '/d/mine']);
    for (let death = 0; death < deaths; death++) {
      const work = Promise.all([
        cli(['volume', 'create', ...scratch, `t${death}`]).then(() =>
          cli(['run', '--rm', '--network', 'none', '-v', `t${death}:/d`, 'busybox', 'true']),
        ),
        cli(['run', '--rm', '--network', 'none', '-v', '/anonymous', 'busybox', 'true']),
        cli(['volume', 'create', `n${death}`]).then(() =>
          death % 2 === 0
            ? cli(['volume', 'snapshot', `n${death}`, 'one'])
            : cli(['volume', 'rename', `n${death}`, `renamed${death}`]),
        ),
      ]);
      await sleep(60 + 40 * death);
      await engine.daemon.kill9();
      await work;
      await engine.daemon.start();
      // A container that ends now takes its anonymous volume along.
      await expect.poll(strays).toEqual([]);
      expect(await ok(['exec', holder, 'ls', '/d'])).toBe('mine');
    }
    for (const id of lines(await ok(['ps', '-aq'])))
      if (!holder.startsWith(id)) await cli(['rm', '-f', '-v', id]);
    expect(await mounted()).toEqual(['kept/_data']);
    for (let death = 0; death < deaths; death++) {
      const name = `${death % 2 === 0 ? 'n' : 'renamed'}${death}`;
      const { code } = await cli(['volume', 'inspect', name]);
      if (code === 0)
        await ok([
          'run',
          '--rm',
          '--network',
          'none',
          '-v',
          `${name}:/d`,
          'busybox',
          'touch',
          '/d/x',
        ]);
    }
    await ok(['rm', '-f', holder]);
    expect(await mounted()).toEqual([]);
    await ok(['volume', 'prune', '-f', '-a']);
    expect(await ok(['volume', 'ls', '-q'])).toBe('');
    const left = await readdir(join(engine.daemon.dataRoot, 'volumes'));
    expect(left.filter((name) => name !== '.layers')).toEqual([]);
    if (left.includes('.layers'))
      expect(await readdir(join(engine.daemon.dataRoot, 'volumes/.layers'))).toEqual([]);
  },
);
