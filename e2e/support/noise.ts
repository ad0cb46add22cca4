import { createCipheriv, createHash } from 'node:crypto';

/** Bytes that no compression makes smaller, the same for the same name. */
export function noise(name: string, bytes: number): Buffer {
  const key = createHash('sha256').update(name).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}
