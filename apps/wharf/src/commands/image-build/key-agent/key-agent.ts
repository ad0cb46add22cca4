import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { ResourceExhaustedError, type AgentConnection } from '@wharf/core';
import { answer } from './answer.js';
import type { SigningKey } from './private-key.js';
import { uint32 } from './wire.js';

/** As agents of OpenSSH take them. */
const messageBytes = 256 * 1024;

/** A connection with an agent of these keys, which lives here alone: it signs, and tells nobody a private key. */
export function keyAgent(keys: readonly SigningKey[]): AgentConnection {
  const output = new PassThrough();
  // An end without a reader is no failure of the build.
  output.on('error', () => undefined);
  let pending: Buffer = Buffer.alloc(0);
  return {
    output,
    async write(data) {
      pending = Buffer.concat([pending, data]);
      while (pending.length >= 4) {
        const length = pending.readUInt32BE(0);
        if (length > messageBytes)
          throw new ResourceExhaustedError(
            `a message to an agent has ${length} bytes, the limit is ${messageBytes}`,
          );
        if (pending.length < 4 + length) return;
        const said = answer(keys, pending.subarray(4, 4 + length));
        pending = pending.subarray(4 + length);
        if (!output.write(Buffer.concat([uint32(said.length), said])))
          await Promise.race([once(output, 'drain'), once(output, 'close')]);
      }
    },
    close() {
      output.destroy();
      return Promise.resolve();
    },
  };
}
