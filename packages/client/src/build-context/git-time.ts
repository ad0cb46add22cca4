import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CallOptions } from '@wharf/core';
import type { Environment } from '../contexts/files.js';

const timeoutMs = 3000;
/** Nothing else of the caller's environment can name another repository, or a program to run. */
const passed = ['HOME', 'PATH', 'XDG_CONFIG_HOME'];
/** A repository may come from anywhere: nothing that its config names is run, nothing is asked for or fetched. */
const safe = {
  GIT_NO_LAZY_FETCH: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_PAGER: 'cat',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
};
const flags = ['-c', 'core.fsmonitor=false', '-c', 'log.showSignature=false'];

/**
 * When the commit that is checked out in a directory was made. Undefined where there is no git, no work tree or no commit, and
 * where git does not trust the directory (safe.directory, git-config(1)).
 */
export async function gitCommitTime(
  directory: string,
  env: Environment,
  { signal }: CallOptions,
): Promise<Date | undefined> {
  if (!isInWorkTree(directory)) return undefined;
  const own = passed.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  const options = {
    cwd: directory,
    env: { ...(Object.fromEntries(own) as Record<string, string>), ...safe },
    timeout: timeoutMs,
    killSignal: 'SIGKILL' as const,
    maxBuffer: 1024,
    signal,
  };
  const args = [...flags, 'log', '-1', '--format=%ct', '--no-show-signature', 'HEAD', '--'];
  const { execFile } = process.getBuiltinModule('node:child_process');
  const text = await new Promise<string>((resolve) => {
    execFile('git', args, options, (error, stdout) => resolve(error === null ? stdout : ''));
  });
  signal.throwIfAborted();
  const seconds = /^(\d{1,12})\n$/.exec(text)?.[1];
  return seconds === undefined ? undefined : new Date(Number(seconds) * 1000);
}

/** Cheaper than asking git. */
function isInWorkTree(directory: string): boolean {
  for (let at = directory; ; at = dirname(at)) {
    if (isThere(join(at, '.git'))) return true;
    if (dirname(at) === at) return false;
  }
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
