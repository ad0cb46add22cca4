/**
 * The name of a file as text; bytes that are not UTF-8 become `\xff`, so that two names never look the same and what
 * is printed can be told from what was there.
 */
export function bytesText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return mixedText(bytes);
  }
}

function mixedText(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length === 0) text += `\\x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`;
    else text += Buffer.from(bytes.subarray(at, at + length)).toString('utf8');
    at += Math.max(1, length);
  }
  return text;
}

/** Bytes of the character that begins there; 0 when it is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4; length++) {
    const part = Buffer.from(bytes.subarray(at, at + length));
    if (part.length === length && !part.toString('utf8').includes('\ufffd')) return length;
  }
  return 0;
}
