import { interleaved } from '../bench.js';
import type { Bench } from '../bench.js';
import { timed } from '../command.js';

const container = 'bench-exec';

/** `exec CONTAINER true` and `version`. */
export async function measureCalls(bench: Bench): Promise<void> {
  const create = ['-d', '--network', 'none', '--name', container];
  for (const { command, image } of bench.engines) {
    await timed(command('run', ...create, image, 'sleep', '100000'), bench);
  }
  const calls = [
    { key: 'exec', title: '`exec C true`', words: ['exec', container, 'true'] },
    { key: 'version', title: '`version`', words: ['version'] },
  ] as const;
  for (const { words, key, title } of calls) {
    const call = async (command: Bench['engines'][number]['command']): Promise<number> =>
      timed(command(words[0], ...words.slice(1)), bench);
    await interleaved(bench, 2, async ({ command }) => void (await call(command)));
    await interleaved(bench, bench.rounds, async ({ name, command }) => {
      bench.results.add({ key, title, unit: 'ms' }, name, await call(command));
    });
  }
  for (const { command } of bench.engines) await timed(command('rm', '-f', container), bench);
}
