import { sign as signed } from 'node:crypto';
import { curves } from './curves.js';
import type { SigningKey } from './private-key.js';
import { WireReader, wireNumber, wireString } from './wire.js';

/** Of draft-miller-ssh-agent, section 5.3. */
const sha256Flag = 2;
const sha512Flag = 4;

/** A signature as ssh has it; undefined for one by SHA-1, which is not made any more. */
export function sign({ key, blob }: SigningKey, data: Buffer, flags: number): Buffer | undefined {
  const type = new WireReader(blob).text();
  if (type === 'ssh-ed25519') return named(type, signed(null, data, key));
  if (type === 'ssh-rsa') {
    if ((flags & sha512Flag) !== 0) return named('rsa-sha2-512', signed('sha512', data, key));
    if ((flags & sha256Flag) !== 0) return named('rsa-sha2-256', signed('sha256', data, key));
    return undefined;
  }
  const curve = curves.find(({ type: each }) => each === type);
  if (curve === undefined) return undefined;
  const both = signed(curve.hash, data, { key, dsaEncoding: 'ieee-p1363' });
  const half = both.length / 2;
  const numbers = [both.subarray(0, half), both.subarray(half)].map((each) => wireNumber(each));
  return named(type, Buffer.concat(numbers));
}

const named = (name: string, signature: Buffer): Buffer =>
  Buffer.concat([wireString(name), wireString(signature)]);
