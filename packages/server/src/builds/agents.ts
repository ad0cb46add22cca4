import { bufferOf } from '@wharf/api';
import { errorCodes, InvalidArgumentError, NotFoundError, WharfError } from '@wharf/core';
import type { AgentConnection } from '@wharf/core';
import { createInbox } from './inbox.js';
import type { Inbox } from './inbox.js';

/** An agent's messages are small; longer ones travel in several frames. */
const frameBytes = 64 * 1024;
/** What may lie unread of one connection; an agent answers questions, so that more is none. */
const unreadBytes = 1024 * 1024;

/** From the caller. */
export type AgentAnswer =
  | { readonly $case: 'agentOpened'; readonly value: { readonly connection: number } }
  | {
      readonly $case: 'agentRefused';
      readonly value: {
        readonly connection: number;
        readonly code: string;
        readonly message: string;
      };
    }
  | {
      readonly $case: 'agentData';
      readonly value: { readonly connection: number; readonly data: Uint8Array };
    }
  | { readonly $case: 'agentClose'; readonly value: { readonly connection: number } };

/** To the caller. */
export type AgentFrame =
  | {
      readonly $case: 'agentOpen';
      readonly value: { readonly connection: number; readonly id: string };
    }
  | {
      readonly $case: 'agentData';
      readonly value: { readonly connection: number; readonly data: Buffer };
    }
  | { readonly $case: 'agentClose'; readonly value: { readonly connection: number } };

interface Link {
  readonly inbox: Inbox;
  opened(failure?: WharfError): void;
}

/** Connections to agents of the caller of one build, over the call itself. */
export interface AgentRelay {
  open(id: string): Promise<AgentConnection>;
  /** Takes a frame of the caller. Throws invalid-argument for one of a connection that there never was. */
  receive(frame: AgentAnswer): void;
  /** The caller sends no more: connections end, and there will be no others. */
  end(): void;
}

export function createAgentRelay(send: (frame: AgentFrame) => Promise<void>): AgentRelay {
  const links = new Map<number, Link>();
  let count = 0;
  let ended = false;

  const drop = (connection: number): void => {
    links.get(connection)?.inbox.end();
    links.delete(connection);
  };

  const connectionOf = (connection: number, { inbox }: Link): AgentConnection => ({
    output: inbox,
    async write(data) {
      if (!links.has(connection)) throw closed();
      for (let at = 0; at < data.byteLength; at += frameBytes) {
        const value = { connection, data: bufferOf(data.subarray(at, at + frameBytes)) };
        await send({ $case: 'agentData', value });
      }
    },
    async close() {
      if (!links.has(connection)) return;
      drop(connection);
      await send({ $case: 'agentClose', value: { connection } });
    },
  });

  return {
    async open(id) {
      if (ended) throw new NotFoundError('agent of the caller', id);
      const connection = ++count;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const link: Link = {
        inbox: createInbox(unreadBytes),
        opened: (failure) => (failure === undefined ? resolve() : reject(failure)),
      };
      links.set(connection, link);
      promise.catch(() => undefined);
      await send({ $case: 'agentOpen', value: { connection, id } });
      await promise;
      return connectionOf(connection, link);
    },
    receive(frame) {
      const { connection } = frame.value;
      if (connection < 1 || connection > count) {
        throw new InvalidArgumentError(`there is no connection ${connection} to an agent`);
      }
      const link = links.get(connection);
      if (link === undefined) return; // closed here while the frame was on its way
      switch (frame.$case) {
        case 'agentOpened':
          link.opened();
          break;
        case 'agentRefused':
          link.opened(refusal(frame.value));
          drop(connection);
          break;
        case 'agentData':
          if (link.inbox.put(frame.value.data)) break;
          drop(connection);
          void send({ $case: 'agentClose', value: { connection } }).catch(() => undefined);
          break;
        case 'agentClose':
          link.opened(closed());
          drop(connection);
      }
    },
    end() {
      ended = true;
      for (const [connection, link] of links) {
        link.opened(closed());
        drop(connection);
      }
    },
  };
}

function closed(): WharfError {
  return new WharfError('unavailable', 'the connection to the agent of the caller is closed');
}

function refusal({ code, message }: { code: string; message: string }): WharfError {
  const known = errorCodes.find((each) => each === code) ?? 'unavailable';
  return new WharfError(known === 'internal' ? 'unavailable' : known, message);
}
