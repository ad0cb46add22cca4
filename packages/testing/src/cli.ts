import { program } from './dist.js';
import { run } from './run.js';
import type { RunOptions, RunResult } from './run.js';

/** The command line under test: WHARF_E2E_CLI (a path, or `docker` looked up on PATH), else dist/bin/wharf. */
export function cliProgram(): string {
  return process.env['WHARF_E2E_CLI'] ?? program('wharf');
}

/** True when the tests run against another engine, to test the tests. */
export function isOracle(): boolean {
  return process.env['WHARF_E2E_CLI'] !== undefined;
}

/** Runs the command line under test to its end. The host comes from `env` (WHARF_HOST, DOCKER_HOST). */
export function wharf(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return run(cliProgram(), args, options);
}
