import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '@wharf/core';
import type { Space } from '@wharf/testing';

/** The server of names that an engine in a space asks: it runs on the neighbour. */
export interface NameServer extends AsyncDisposable {
  /** The addresses at which it was asked for a name. */
  asked(name: string): Promise<readonly string[]>;
}

/** It has what `answers.ts` beside this file knows. */
export async function nameServer(space: Space): Promise<NameServer> {
  const program = join(import.meta.dirname, 'name-server/main.ts');
  const flags = [`--net=/run/netns/${space.name}o`, process.execPath, program];
  const child = spawn('nsenter', flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const closed = once(child, 'close');
  closed.catch(() => undefined);
  const deadline = performance.now() + 10_000;
  while (!text.includes('ready\n')) {
    if (child.exitCode !== null || performance.now() > deadline)
      throw new UnavailableError('the server of names does not start');
    await sleep(10);
  }
  return {
    asked: async (name) => {
      await sleep(50);
      const lines = text.split('\n').map((line) => line.split(' '));
      return lines.filter(([, asked]) => asked === name).map(([at = '']) => at);
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
