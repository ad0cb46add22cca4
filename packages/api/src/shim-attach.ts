import { AttachTaskResponse } from './gen/wharf/shim/v1/task.js';

/** Key bytes of the fields stdout (2) and stderr (3), wire type LEN (protobuf encoding). */
const keys = { stdout: 0x12, stderr: 0x1a } as const;

export interface AttachOutput {
  readonly $case: 'stdout' | 'stderr';
  readonly value: Uint8Array;
}

/** What stands before the bytes in an AttachTaskResponse of output, so that the bytes themselves need no copy. */
export function attachOutputPrefix(stream: 'stdout' | 'stderr', length: number): Uint8Array {
  const bytes: number[] = [keys[stream]];
  let rest = length;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Decodes a response; the bytes of output share memory with `message`. */
export function decodeAttachResponse(
  message: Uint8Array,
): AttachOutput | NonNullable<AttachTaskResponse['frame']> | undefined {
  return decodeOutput(message) ?? AttachTaskResponse.decode(message).frame;
}

/** Undefined for whatever is not exactly one field of output. */
function decodeOutput(message: Uint8Array): AttachOutput | undefined {
  const prefix = outputPrefix(message, message.length);
  return prefix && { $case: prefix.$case, value: message.subarray(prefix.size) };
}

/**
 * How a message of `length` bytes begins, if it is exactly one field of output: `size` bytes stand before those of
 * the stream. `start` are its first six bytes, or all of a shorter one.
 */
export function outputPrefix(
  start: Uint8Array,
  length: number,
): { readonly $case: AttachOutput['$case']; readonly size: number } | undefined {
  const key = start[0];
  if (key !== keys.stdout && key !== keys.stderr) return undefined;
  let bytes = 0;
  let at = 1;
  for (let shift = 1; at < 6; shift *= 128) {
    const byte = start[at++] ?? 0;
    bytes += (byte & 0x7f) * shift;
    if (byte < 0x80) break;
  }
  if (at + bytes !== length) return undefined;
  return { $case: key === keys.stdout ? 'stdout' : 'stderr', size: at };
}
