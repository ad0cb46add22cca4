import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import * as constants from './constants.js';
import { loadNative } from './load.js';
import type { Native, WaitStatus } from './types.js';

/** Where the addon of the source tree lies once it is built. */
export const addon = join(import.meta.dirname, 'build', 'wharf-native.node');

/** The addon, built first if its sources are newer. */
export function buildAndLoad(): Native {
  execFileSync(join(import.meta.dirname, 'build.sh'), { stdio: 'inherit' });
  return loadNative(addon);
}

export function temporaryFolder(): fs.DisposableTempDir {
  return fs.mkdtempDisposableSync(join(tmpdir(), 'wharf-native-'));
}

/** What a body that runs elsewhere is given: it cannot see anything else of its file. */
export interface Tools {
  readonly native: Native;
  readonly fs: typeof fs;
  readonly c: typeof constants;
  readonly dir: string;
  /** The code (or message) that the call throws, "none" when it returns. */
  codeOf(call: () => unknown): string;
}

const prologue = `
  const native = require(addon);
  const fs = require('node:fs');
  const codeOf = (call) => {
    try { call(); return 'none'; } catch (error) { return error.code ?? error.message; }
  };
`;

/**
 * Runs `body` on a thread that has a private mount namespace, which ends with the thread. Only synchronous calls
 * of node:fs act in that namespace.
 */
export async function inOwnNamespace<T>(dir: string, body: (tools: Tools) => T): Promise<T> {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { addon, c, dir } = workerData;
    ${prologue}
    native.unshare(c.CLONE_FS | c.CLONE_NEWNS);
    native.mount(null, '/', null, c.MS_REC | c.MS_PRIVATE, null);
    parentPort.postMessage((${body.toString()})({ native, fs, c, dir, codeOf }));
  `;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const worker = new Worker(source, {
    eval: true,
    workerData: { addon, c: { ...constants }, dir },
  });
  worker.once('message', resolve);
  worker.once('error', reject);
  try {
    return await promise;
  } finally {
    await worker.terminate();
  }
}

/** Source of a program that runs `body` and prints what it returns as JSON; for processes of their own. */
export function programOf(dir: string, body: (tools: Tools) => unknown): string {
  const given = JSON.stringify({ addon, dir, c: constants }, (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  );
  return `
    const { addon, dir, c } = ${given};
    ${prologue}
    Promise.resolve((${body.toString()})({ native, fs, c, dir, codeOf }))
      .then((result) => process.stdout.write(JSON.stringify(result)));
  `;
}

/** Runs `body` in a Node process of its own. */
export function inOwnProcess<T>(
  dir: string,
  body: (tools: Tools) => T,
  env: NodeJS.ProcessEnv = {},
): Awaited<T> {
  const options = { encoding: 'utf8', env: { ...process.env, ...env } } as const;
  const out = execFileSync(process.execPath, ['-e', programOf(dir, body)], options);
  return JSON.parse(out) as Awaited<T>;
}

/** Waits for the end of a child of ours. */
export async function ended(native: Native, pid: number): Promise<WaitStatus> {
  for (;;) {
    const status = native.waitpid(pid);
    if (status !== null) return status;
    await delay(5);
  }
}
