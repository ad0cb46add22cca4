import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { InternalError } from '@wharf/core';
import { tempDir } from '@wharf/testing';
import { interleaved, longRounds } from '../bench.js';
import type { Bench } from '../bench.js';
import { flow, output, timed } from '../command.js';
import type { Engine } from '../engines/engine.js';

const million = 1_000_000;
const line = `${'x'.repeat(79)}\n`;

/** A file of 80-byte lines in a folder of its own, mounted into the containers at /lines. */
async function linesFile(folder: string, bytes: number): Promise<string> {
  const path = join(folder, 'lines');
  await using file = await open(path, 'wx');
  const block = Buffer.from(line.repeat(12_500));
  for (let written = 0; written < bytes; written += block.length) await file.write(block);
  return path;
}

/** How fast a container's output goes to its log file: from its start to its exit, nobody attached. */
export async function measureLogs(bench: Bench): Promise<void> {
  await using folder = await tempDir('wharf-bench-lines-');
  const bytes = (bench.quick ? 48 : 160) * million;
  const lines = await linesFile(folder.path, bytes);
  const title = 'log writing: `cat` of 80-byte lines, default log driver';
  const series = { key: 'log', title, unit: 'MB/s' } as const;
  await interleaved(bench, longRounds(bench), async (engine) => {
    const seconds = await loggedSeconds(bench, engine, lines);
    bench.results.add(series, engine.name, bytes / million / seconds);
  });
}

/** By the engine's own clock, so that the start of the container does not count. */
async function loggedSeconds(
  bench: Bench,
  { command, image }: Engine,
  lines: string,
): Promise<number> {
  const name = 'bench-log';
  const flags = ['--network', 'none', '--log-opt', 'max-size=1g', '-v', `${lines}:/lines:ro`];
  await timed(command('run', '-d', '--name', name, ...flags, image, 'cat', '/lines'), bench);
  const code = await output(command('wait', name), bench);
  if (code !== '0') throw new InternalError(`the container that writes lines: exit code ${code}`);
  const state = JSON.parse(await output(command('inspect', name), bench))[0].State as {
    readonly StartedAt: string;
    readonly FinishedAt: string;
  };
  await timed(command('rm', '-f', name), bench);
  return (Date.parse(state.FinishedAt) - Date.parse(state.StartedAt)) / 1000;
}

/** How fast a container's output reaches the caller, first byte to last, with and without a log on the way. */
export async function measureAttach(bench: Bench): Promise<void> {
  const variants = [
    { driver: 'none', key: 'attach', size: bench.quick ? 160 : 400 },
    { driver: 'json-file', key: 'attach and log', size: bench.quick ? 48 : 160 },
  ];
  for (const { driver, key, size } of variants) {
    await using folder = await tempDir('wharf-bench-lines-');
    const lines = await linesFile(folder.path, size * million);
    const title = `attach: \`run --rm --log-driver ${driver} busybox cat FILE\``;
    const flags = ['--rm', '--network', 'none', '--log-driver', driver];
    flags.push('-v', `${lines}:/lines:ro`);
    await interleaved(bench, longRounds(bench), async ({ name, command, image }) => {
      const { bytes, milliseconds } = await flow(
        command('run', ...flags, image, 'cat', '/lines'),
        bench,
      );
      if (bytes !== size * million) throw new InternalError(`${name} lost output: ${bytes} bytes`);
      bench.results.add({ key, title, unit: 'MB/s' }, name, bytes / 1000 / milliseconds);
    });
  }
}
