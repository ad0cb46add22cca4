import { NotFoundError, type Engine } from '@wharf/core';
import { runProgram } from '../argv/index.js';
import { wharfProgram } from '../cli.js';
import { fakeIo, type FakeIo, type FakeIoOptions } from './test-io.js';

export interface CliOptions extends FakeIoOptions {
  readonly engine?: Engine;
  /** Those of other contexts, by name. */
  readonly engines?: Readonly<Record<string, Engine>>;
  readonly signal?: AbortSignal;
  readonly io?: FakeIo;
}

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the program on a fake outside and a fake engine. */
export async function wharf(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const io = options.io ?? fakeIo(options);
  const program = wharfProgram(io);
  const { engine, engines = {} } = options;
  const context =
    engine === undefined
      ? program.createContext
      : async (globals: Parameters<typeof program.createContext>[0]) => ({
          ...(await program.createContext(globals)),
          engine: () => Promise.resolve(engine),
          engineOf: (name: string) => {
            const other = engines[name];
            return other === undefined
              ? Promise.reject(new NotFoundError('context', name))
              : Promise.resolve(other);
          },
        });
  const code = await runProgram({ ...program, createContext: context }, argv, {
    stdout: (text) => io.stdout.write(text),
    stderr: (text) => io.stderr.write(text),
    columns: 80,
    signal: options.signal ?? new AbortController().signal,
  });
  return { code, out: io.stdout.text, err: io.stderr.text };
}
