import { maxArgumentLength } from '@wharf/oci';
import { invalid, quoted } from './names.js';

/** execve(2): arguments and environment share a quarter of the stack limit, 8 MiB by default, each with a pointer. */
const maxArgumentSpace = 2 * 1024 * 1024 - 64 * 1024;
const pointerBytes = 8;

/** Refuses what execve(2) would answer with E2BIG or cut at a NUL. */
export function checkArgumentSpace(args: readonly string[], env: readonly string[]): void {
  let total = 0;
  for (const [kind, texts] of [
    ['argument', args],
    ['environment variable', env],
  ] as const) {
    for (const text of texts) total += spaceOf(kind, text);
  }
  if (total > maxArgumentSpace) {
    throw invalid(
      `argument list too long: command and environment need ${total} bytes, the kernel takes ${maxArgumentSpace}`,
    );
  }
}

function spaceOf(kind: string, text: string): number {
  const name = (): string => quoted(text.slice(0, 40).split('=')[0] ?? '');
  if (text.includes('\0')) throw invalid(`${kind} ${name()} contains a NUL character`);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxArgumentLength) {
    throw invalid(`${kind} ${name()} is longer than ${maxArgumentLength} bytes`);
  }
  return bytes + 1 + pointerBytes;
}
