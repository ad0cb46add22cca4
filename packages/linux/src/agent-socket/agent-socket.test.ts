import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NotFoundError, type AgentConnection } from '@wharf/core';
import { createAgentSockets } from './agent-socket.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'wharf-agents-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Answers each piece with itself in capitals. */
function echo(closed: () => void): AgentConnection {
  const pieces: Uint8Array[] = [];
  let wake = (): void => undefined;
  let open = true;
  const next = () => new Promise<void>((resolve) => (wake = resolve));
  return {
    output: (async function* () {
      while (open) {
        const piece = pieces.shift();
        if (piece === undefined) await next();
        else yield Buffer.from(Buffer.from(piece).toString().toUpperCase());
      }
    })(),
    write(data) {
      pieces.push(data);
      wake();
      return Promise.resolve();
    },
    close() {
      open = false;
      wake();
      closed();
      return Promise.resolve();
    },
  };
}

const ended = (socket: Socket) =>
  new Promise<void>((resolve) => {
    socket.resume();
    socket.once('close', () => resolve());
    socket.on('error', () => undefined);
  });

test('each connection is one to the agent, both ways, and ends with it', async () => {
  let closed = 0;
  await using agent = await createAgentSockets(root).listen(() =>
    Promise.resolve(echo(() => closed++)),
  );
  const answers = await Promise.all(
    ['one', 'two'].map(
      (text) =>
        new Promise<string>((resolve) => {
          const socket = connect(agent.path);
          socket.once('data', (data) => {
            socket.destroy();
            resolve(data.toString());
          });
          socket.write(text);
        }),
    ),
  );
  expect(answers.sort()).toEqual(['ONE', 'TWO']);
  await expect.poll(() => closed).toBe(2);
});

test('its directory is private, and all of it goes', async () => {
  let closed = 0;
  const agent = await createAgentSockets(root).listen(() => Promise.resolve(echo(() => closed++)));
  expect((await stat(dirname(agent.path))).mode & 0o777).toBe(0o700);
  const socket = connect(agent.path);
  const end = ended(socket);
  await new Promise((resolve) => socket.once('connect', resolve));
  await agent[Symbol.asyncDispose]();
  await end;
  expect(await readdir(root)).toEqual([]);
});

test('where there is no agent the connection ends', async () => {
  await using agent = await createAgentSockets(root).listen(() =>
    Promise.reject(new NotFoundError('agent', 'x')),
  );
  await ended(connect(agent.path));
});
