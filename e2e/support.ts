import { afterAll, beforeAll } from 'vitest';
import { FailedPreconditionError } from '@wharf/core';
import { isOracle, startDaemon, wharf } from '@wharf/testing';
import type { RunOptions, RunResult, StartDaemonOptions, TestDaemon } from '@wharf/testing';

/** What one e2e file tests: a daemon of its own, or, for shared files, the engine that tools/oracle has started. */
export interface Engine {
  /** The daemon; asking for it in a file that runs against another engine is a mistake of the file. */
  readonly daemon: TestDaemon;
  /** The command line, talking to the engine. */
  cli(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** As cli, for steps that must succeed: gives standard output without its last newline. */
  ok(args: readonly string[], options?: RunOptions): Promise<string>;
}

export interface EngineOptions extends StartDaemonOptions {
  /** Makes the image busybox:latest first; default true. */
  readonly busybox?: boolean;
}

/**
 * Starts the engine before the first test of a file and ends it after the last, when everything is removed and a
 * leftover of the daemon on the host fails the file. Call it once, at the top of the file.
 */
export function useEngine({ busybox = true, ...options }: EngineOptions = {}): Engine {
  let daemon: TestDaemon | undefined;
  const cli: Engine['cli'] = (args, runOptions) =>
    daemon === undefined ? wharf(args, runOptions) : daemon.wharf(args, runOptions);
  const ok: Engine['ok'] = async (args, runOptions) => {
    const { code, stdout, stderr } = await cli(args, runOptions);
    if (code === 0) return stdout.replace(/\n$/, '');
    throw new FailedPreconditionError(`${args.join(' ')}: exit code ${code}: ${stderr}${stdout}`);
  };

  beforeAll(async () => {
    if (isOracle()) return;
    daemon = await startDaemon(options);
    if (busybox) await ok(['image', 'bootstrap', 'busybox']);
  });

  afterAll(async () => {
    if (daemon === undefined) {
      await removeContainers(cli);
      return;
    }
    await using ended = daemon;
    await ended.assertNoLeaks();
  });

  return {
    cli,
    ok,
    get daemon() {
      if (daemon !== undefined) return daemon;
      throw new FailedPreconditionError(
        'no daemon here: use it in a test, and not in a shared file',
      );
    },
  };
}

async function removeContainers(cli: Engine['cli']): Promise<void> {
  const { stdout } = await cli(['ps', '-aq']);
  const ids = stdout.split('\n').filter((id) => id !== '');
  if (ids.length > 0) await cli(['rm', '-f', '-v', ...ids]);
}
