import { join } from 'node:path';
import type { Engine } from '@wharf/core';
import { createServer } from '@wharf/server';
import type { EngineServer, ListenerOptions, LogFields, Logger } from '@wharf/server';
import { createFakeEngine, tempDir } from '@wharf/testing';
import type { FakeEngine, FakeEngineOptions } from '@wharf/testing';
import { createClient } from './client.js';
import type { Client } from './client.js';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** A real server of a fake engine, and a client of it. */
export interface TestDaemon extends AsyncDisposable {
  readonly engine: FakeEngine;
  readonly server: EngineServer;
  readonly client: Client;
  readonly socket: string;
  readonly log: LogLine[];
}

export async function testDaemon(
  options: FakeEngineOptions = {},
  {
    more = [],
    graceMs = 2000,
  }: { readonly more?: readonly ListenerOptions[]; graceMs?: number } = {},
): Promise<TestDaemon> {
  const directory = await tempDir('wharf-wire-');
  const socket = join(directory.path, 'wharf.sock');
  const engine = createFakeEngine(options);
  const log: LogLine[] = [];
  const listeners: readonly ListenerOptions[] = [
    { kind: 'unix', path: socket, peerCredentials },
    ...more,
  ];
  const server = await createServer({ engine, logger: loggerInto(log), listeners, graceMs });
  const client = createClient({ host: `unix://${socket}` });
  return {
    engine,
    server,
    client,
    socket,
    log,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.close();
      await directory.remove();
    },
  };
}

export function loggerInto(log: LogLine[]): Logger {
  const at = (level: LogLine['level']) => (message: string, fields: LogFields) => {
    log.push({ level, message, fields });
  };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

const peerCredentials = () => ({ pid: 11, uid: 22, gid: 33 });

/** The same calls on an engine, local or remote. */
export type Act = (engine: Engine, signal: AbortSignal) => Promise<unknown>;

export async function collect<T>(iterable: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const each of iterable) all.push(each);
  return all;
}
