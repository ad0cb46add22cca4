import { join } from 'node:path';
import { CancelledError } from '@wharf/core';
import { globalFlags, runProgram, type GlobalFlags, type Program } from './argv/index.js';
import { buildFacts } from './build-facts.js';
import type { CliContext } from './context.js';
import { exitCodeOf } from './format/errors.js';
import type { CliIo } from './io/io.js';
import { processIo } from './io/process.js';
import { commands, management } from './program.js';

/** The program as this machine and this user have it. */
export function wharfProgram(io: CliIo): Program<CliContext> {
  const directory = io.env['WHARF_CONFIG'] || join(io.home, '.wharf');
  const commit = buildFacts.gitCommit === '' ? '' : `, build ${buildFacts.gitCommit}`;
  return {
    name: 'wharf',
    tagline: 'Build, ship and run containers',
    version: `Wharf version ${buildFacts.version}${commit}`,
    commands,
    management,
    globals: globalFlags(directory),
    createContext: (globals) => createContext(io, directory, globals),
    complete: async (request) => {
      const { completeObjects } = await import('./complete-objects.js');
      return completeObjects(createContext(io, directory, request.globals), request);
    },
  };
}

function createContext(io: CliIo, directory: string, globals: GlobalFlags): CliContext {
  const surroundings = { io, globals, configDirectory: globals.config ?? directory };
  let client: ReturnType<CliContext['engine']> | undefined;
  return {
    ...surroundings,
    engine: () => (client ??= import('./connect.js').then(({ connect }) => connect(surroundings))),
    engineOf: async (name) => (await import('./connect.js')).connectTo(surroundings, name),
  };
}

/** Runs the command line of this process and ends it. */
export async function runCli(argv: readonly string[]): Promise<never> {
  const controller = new AbortController();
  let interruption: NodeJS.Signals | undefined;
  const io = processIo({
    interrupt: (signal) => {
      interruption ??= signal;
      controller.abort(new CancelledError(`interrupted by ${signal}`));
    },
    force: () => {
      io.stderr.write('\ngot 3 SIGTERM/SIGINTs, forcefully exiting\n');
      process.exit(1);
    },
  });
  let code: number;
  try {
    code = await runProgram(wharfProgram(io), argv, {
      stdout: (text) => io.stdout.write(text),
      stderr: (text) => io.stderr.write(text),
      get columns() {
        return io.stdout.columns;
      },
      signal: controller.signal,
    });
  } catch (thrown) {
    code = exitCodeOf(thrown);
  }
  process.exit(code === 130 && interruption === 'SIGTERM' ? 143 : code);
}
