import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { FailedPreconditionError } from '@wharf/core';
import {
  cliProgram,
  givenSpace,
  isOracle,
  makeSpace,
  spaceAddresses,
  startDaemon,
  wharf,
} from '@wharf/testing';
import type { RunOptions, RunResult, Space, StartDaemonOptions, TestDaemon } from '@wharf/testing';
import { assertUntouched } from './support/untouched.js';
import { Session } from './support/session.js';
import { Terminal } from './support/terminal.js';
import type { TerminalOptions } from './support/terminal.js';

/** What one e2e file tests: a daemon of its own, or, for shared files, the engine that tools/oracle has started. */
export interface Engine {
  /** The daemon; asking for it in a file that runs against another engine is a mistake of the file. */
  readonly daemon: TestDaemon;
  /** The host of the engine and its neighbour; for files that ask for a space. */
  readonly space: Space;
  /** The command line, talking to the engine. */
  cli(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** As cli, for steps that must succeed: gives standard output without its last newline. */
  ok(args: readonly string[], options?: RunOptions): Promise<string>;
  /** As cli, for steps that must be refused: gives the exit code and standard error. */
  refused(args: readonly string[], options?: RunOptions): Promise<Refusal>;
  /** `run --rm --network none` with these arguments. */
  run(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** `run -d --network none` with these arguments; removed after the test. Gives the id. */
  container(args: readonly string[]): Promise<string>;
  /** `create --network none` with these arguments; removed after the test. Gives the id. */
  created(args: readonly string[]): Promise<string>;
  /** A field of `inspect` by a Go template. */
  inspect(name: string, template: string): Promise<string>;
  /** The events of the past hour that match these filters, by a Go template. */
  events(filters: readonly string[], template: string): Promise<string[]>;
  /** The command line, left running on pipes. */
  start(args: readonly string[]): Session;
  /** The command line on a terminal. */
  terminal(args: readonly string[], options?: TerminalOptions): Promise<Terminal>;
}

export interface Refusal {
  readonly code: number;
  readonly stderr: string;
}

/** Shorter than a test may take, so that it is the command which hangs that is named. */
const commandMs = 45_000;

export interface EngineOptions extends Omit<StartDaemonOptions, 'space'> {
  /** Gives the engine a host of its own, whose neighbour it asks for names; default false. */
  readonly space?: boolean;
  /** Makes the image busybox:latest first; default true. */
  readonly busybox?: boolean;
}

/**
 * Starts the engine before the first test of a file and ends it after the last, when everything is removed; a
 * leftover of the daemon on the host and a bug in its log fail the file. Call it once, at the top of the file.
 */
export function useEngine({
  busybox = true,
  space: spaceWanted = false,
  ...options
}: EngineOptions = {}): Engine {
  let daemon: TestDaemon | undefined;
  let space: Space | undefined;
  const cli: Engine['cli'] = (args, runOptions) => {
    const bounded = { timeout: commandMs, ...runOptions };
    return daemon === undefined ? wharf(args, bounded) : daemon.wharf(args, bounded);
  };
  const ok: Engine['ok'] = async (args, runOptions) => {
    const { code, stdout, stderr } = await cli(args, runOptions);
    if (code === 0) return stdout.replace(/\n$/, '');
    throw new FailedPreconditionError(`${args.join(' ')}: exit code ${code}: ${stderr}${stdout}`);
  };
  const refused: Engine['refused'] = async (args, runOptions) => {
    const { code, stdout, stderr } = await cli(args, runOptions);
    if (code !== 0) return { code, stderr };
    throw new FailedPreconditionError(`${args.join(' ')}: was not refused: ${stderr}${stdout}`);
  };
  const removedLater = async (args: readonly string[]): Promise<string> => {
    const id = await ok(args);
    onTestFinished(async () => void (await cli(['rm', '-f', '-v', id])));
    return id;
  };
  const env = (): Record<string, string> =>
    daemon === undefined ? {} : { WHARF_HOST: daemon.host };

  beforeAll(async () => {
    if (isOracle()) {
      space = givenSpace(process.env['WHARF_E2E_SPACE'] ?? '');
      return;
    }
    if (spaceWanted) space = await makeSpace();
    daemon = await startDaemon(space === undefined ? options : inSpace(space, options));
    if (busybox) await ok(['image', 'bootstrap', 'busybox']);
  });

  afterAll(async () => {
    await using undo = new AsyncDisposableStack();
    if (space !== undefined) undo.use(space);
    if (daemon === undefined) {
      await removeContainers(cli);
      return;
    }
    const ended = undo.use(daemon);
    await ended.assertNoLeaks();
    if (space !== undefined) await assertUntouched(space);
    const bugs = (await ended.log())
      .split('\n')
      .filter((line) => /unhandled error|by a bug/.test(line));
    if (bugs.length > 0) {
      throw new FailedPreconditionError(`the daemon logged bugs:\n${bugs.join('\n')}`);
    }
  });

  return {
    cli,
    ok,
    refused,
    run: (args, runOptions) => cli(['run', '--rm', '--network', 'none', ...args], runOptions),
    container: (args) => removedLater(['run', '-d', '--network', 'none', ...args]),
    created: (args) => removedLater(['create', '--network', 'none', ...args]),
    events: async (filters, template) => {
      // Docker cuts `0s` to the second.
      const until = (Date.now() / 1000).toFixed(3);
      const flags = filters.flatMap((filter) => ['--filter', filter]);
      const format = ['--format', template];
      const text = await ok(['events', '--since', '1h', '--until', until, ...flags, ...format]);
      return text === '' ? [] : text.split('\n');
    },
    inspect: (name, template) => ok(['inspect', '-f', template, name]),
    start: (args) => new Session(cliProgram(), args, env()),
    terminal: (args, terminalOptions) =>
      Terminal.open([cliProgram(), ...args], env(), terminalOptions),
    get space() {
      if (space !== undefined) return space;
      throw new FailedPreconditionError('no space here: ask useEngine for it');
    },
    get daemon() {
      if (daemon !== undefined) return daemon;
      throw new FailedPreconditionError(
        'no daemon here: use it in a test, and not in a shared file',
      );
    },
  };
}

function inSpace(space: Space, options: StartDaemonOptions): StartDaemonOptions {
  const flags = ['--dns', spaceAddresses.neighbour.v4, ...(options.flags ?? [])];
  return { ...options, flags, space: space.name };
}

async function removeContainers(cli: Engine['cli']): Promise<void> {
  const { stdout } = await cli(['ps', '-aq']);
  const ids = stdout.split('\n').filter((id) => id !== '');
  if (ids.length > 0) await cli(['rm', '-f', '-v', ...ids]);
}
