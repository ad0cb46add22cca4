/** Bytes by which the longest of these is known. */
export const archiveHead = 512;

const magics: readonly (readonly number[])[] = [
  [0x1f, 0x8b, 0x08],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  [0x28, 0xb5, 0x2f, 0xfd],
];

/** Whether what begins so is a tar, perhaps compressed; else it is the text of a Dockerfile. */
export function isArchive(head: Uint8Array): boolean {
  return magics.some((magic) => magic.every((byte, at) => head[at] === byte)) || isTar(head);
}

/** By the checksum of its first header, which tars of all ages have. */
function isTar(head: Uint8Array): boolean {
  if (head.length < archiveHead) return false;
  const [at, length] = [148, 8];
  const field = Buffer.from(head.subarray(at, at + length)).toString('latin1');
  const told = /^ *([0-7]+)[ \0]*$/.exec(field)?.[1];
  if (told === undefined) return false;
  let sum = 0;
  for (let i = 0; i < archiveHead; i++) {
    sum += i >= at && i < at + length ? 0x20 : (head[i] ?? 0);
  }
  return sum === Number.parseInt(told, 8) && head[0] !== 0;
}
