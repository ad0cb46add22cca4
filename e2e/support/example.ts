import { join } from 'node:path';
import { run } from '@wharf/testing';
import type { RunResult } from '@wharf/testing';

const examples = join(import.meta.dirname, '../../docs/examples');
const hook = join(import.meta.dirname, 'typescript-hook.ts');

/** A program of docs/examples from its source, as a reader would run it. */
export function runExample(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<RunResult> {
  const flags = ['--disable-warning=ExperimentalWarning', '--experimental-transform-types'];
  const sources = ['--conditions=@wharf/source', '--import', hook];
  return run(process.execPath, [...flags, ...sources, join(examples, name), ...args], {
    env: { WHARF_HOST: undefined, ...env },
    timeout: 60_000,
  });
}
