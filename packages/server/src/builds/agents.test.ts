import { describe, expect, test } from 'vitest';
import { createAgentRelay } from './agents.js';
import type { AgentFrame } from './agents.js';

function relayed() {
  const sent: AgentFrame[] = [];
  const relay = createAgentRelay((frame) => {
    sent.push(frame);
    return Promise.resolve();
  });
  return { relay, sent };
}

const opened = (connection: number) => ({ $case: 'agentOpened', value: { connection } }) as const;

describe('agents of a caller', () => {
  test('that were never asked for are refused, and those that were closed are passed over', async () => {
    const { relay, sent } = relayed();
    for (const connection of [0, 1]) {
      expect(() => relay.receive(opened(connection))).toThrow(
        expect.objectContaining({ code: 'invalid-argument' }),
      );
    }
    const opening = relay.open('a');
    relay.receive(opened(1));
    await (await opening).close();
    await (await opening).close();
    relay.receive({ $case: 'agentData', value: { connection: 1, data: Buffer.from('late') } });
    expect(sent.map(({ $case }) => $case)).toEqual(['agentOpen', 'agentClose']);
  });

  test('end with the call: those that are open, those that are being opened and later ones', async () => {
    const { relay } = relayed();
    const first = relay.open('a');
    const second = relay.open('b');
    relay.receive(opened(1));
    const output = (await first).output[Symbol.asyncIterator]();
    relay.end();
    expect((await output.next()).done).toBe(true);
    await expect(second).rejects.toMatchObject({ code: 'unavailable' });
    await expect(relay.open('c')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('that send more than anybody reads lose their connection', async () => {
    const { relay, sent } = relayed();
    const opening = relay.open('a');
    relay.receive(opened(1));
    const { output } = await opening;
    const data = Buffer.alloc(600_000);
    relay.receive({ $case: 'agentData', value: { connection: 1, data } });
    relay.receive({ $case: 'agentData', value: { connection: 1, data } });
    expect(sent.at(-1)).toEqual({ $case: 'agentClose', value: { connection: 1 } });
    let bytes = 0;
    for await (const chunk of output) bytes += chunk.byteLength;
    expect(bytes).toBe(600_000);
  });

  test('that refuse with a code of no meaning are unavailable', async () => {
    const { relay } = relayed();
    const opening = relay.open('a');
    const value = { connection: 1, code: '__proto__', message: 'no' };
    relay.receive({ $case: 'agentRefused', value });
    await expect(opening).rejects.toMatchObject({ code: 'unavailable', message: 'no' });
  });
});
