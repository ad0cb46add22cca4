import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { CallOptions } from '@wharf/core';

const patience = 2000;
const maxBytes = 64 * 1024;

/**
 * When the commit that a directory has checked out was made; undefined where there is none or git does not say. Only
 * plumbing is used, which runs nothing that a repository configures.
 */
export async function gitTime(
  directory: string,
  { signal }: CallOptions,
): Promise<Date | undefined> {
  if (!(await isInRepository(resolve(directory)))) return undefined;
  const text = await output(['-C', directory, 'cat-file', 'commit', 'HEAD'], {
    signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
  });
  signal.throwIfAborted();
  return commitTime(text);
}

/** The time of the committer in the text of a commit object. */
export function commitTime(text: string): Date | undefined {
  const [head = ''] = text.split('\n\n', 1);
  const seconds = /^committer .* ([0-9]{1,12}) [+-][0-9]{4}$/m.exec(head)?.[1];
  return seconds === undefined ? undefined : new Date(Number(seconds) * 1000);
}

async function isInRepository(directory: string): Promise<boolean> {
  for (let at = directory; ; at = dirname(at)) {
    if ((await stat(join(at, '.git')).catch(() => undefined)) !== undefined) return true;
    if (at === dirname(at)) return false;
  }
}

function output(args: readonly string[], { signal }: CallOptions): Promise<string> {
  return new Promise((done) => {
    let text = '';
    const git = spawn('git', args, { stdio: ['ignore', 'pipe', 'ignore'], signal });
    git.stdout.setEncoding('utf8');
    git.stdout.on('data', (more: string) => {
      if (text.length < maxBytes) text += more;
    });
    git.on('error', () => done(''));
    git.on('close', (code) => done(code === 0 ? text : ''));
  });
}
