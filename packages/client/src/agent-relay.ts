import { bufferOf } from '@wharf/api';
import { NotFoundError, toWharfError } from '@wharf/core';
import type { AgentConnection, BuildOptions } from '@wharf/core';

const frameBytes = 64 * 1024;
/** What may wait to be written to an agent that does not read; an agent answers questions, so that more is none. */
const unwrittenBytes = 1024 * 1024;

type Connection = { connection: number };

/** To the daemon. */
type AgentFrame =
  | { $case: 'agentOpened' | 'agentClose'; value: Connection }
  | { $case: 'agentRefused'; value: Connection & { code: string; message: string } }
  | { $case: 'agentData'; value: Connection & { data: Buffer } };

/** From the daemon. */
type AgentRequest =
  | { $case: 'agentOpen'; value: Connection & { id: string } }
  | { $case: 'agentData'; value: Connection & { data: Uint8Array } }
  | { $case: 'agentClose'; value: Connection };

/** Our ends of the connections that steps of a remote build have to agents here. */
export interface AgentRelay {
  /** Returns at once; what fails closes the connection, not the build. */
  receive(frame: AgentRequest): void;
  /** Closes all connections. */
  close(): void;
}

interface Link {
  readonly agent: AgentConnection;
  writing: Promise<void>;
  unwritten: number;
}

export function createAgentRelay(
  agentOf: BuildOptions['agent'],
  send: (frame: AgentFrame) => Promise<void>,
): AgentRelay {
  const links = new Map<number, Link>();
  let over = false;

  const tell = (frame: AgentFrame): void => {
    send(frame).catch(() => undefined); // the call is over, and all connections with it
  };

  const drop = (connection: number): void => {
    const link = links.get(connection);
    if (link === undefined) return;
    links.delete(connection);
    link.agent.close().catch(() => undefined);
    if (!over) tell({ $case: 'agentClose', value: { connection } });
  };

  const open = async (connection: number, id: string): Promise<void> => {
    let agent: AgentConnection;
    try {
      if (agentOf === undefined) throw new NotFoundError('agent of the caller', id);
      agent = await agentOf(id);
    } catch (error) {
      const { code, message } = toWharfError(error);
      tell({ $case: 'agentRefused', value: { connection, code, message } });
      return;
    }
    if (over) {
      await agent.close();
      return;
    }
    links.set(connection, { agent, writing: Promise.resolve(), unwritten: 0 });
    await send({ $case: 'agentOpened', value: { connection } });
    for await (const data of agent.output) {
      for (let at = 0; at < data.byteLength; at += frameBytes) {
        const value = { connection, data: bufferOf(data.subarray(at, at + frameBytes)) };
        await send({ $case: 'agentData', value });
      }
    }
  };

  const write = (connection: number, data: Uint8Array): void => {
    const link = links.get(connection);
    if (link === undefined) return; // closed here while the frame was on its way
    link.unwritten += data.byteLength;
    if (link.unwritten > unwrittenBytes) {
      drop(connection);
      return;
    }
    link.writing = link.writing.then(async () => {
      await link.agent.write(data);
      link.unwritten -= data.byteLength;
    });
    link.writing.catch(() => drop(connection));
  };

  return {
    receive(frame) {
      const { connection } = frame.value;
      switch (frame.$case) {
        case 'agentOpen':
          open(connection, frame.value.id)
            .catch(() => undefined)
            .finally(() => drop(connection));
          break;
        case 'agentData':
          write(connection, frame.value.data);
          break;
        case 'agentClose':
          drop(connection);
      }
    },
    close() {
      over = true;
      for (const connection of links.keys()) drop(connection);
    },
  };
}
