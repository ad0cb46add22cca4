/** A sum over parts. */
export interface Sum {
  update(part: Uint8Array): unknown;
  digest(encoding: 'hex'): string;
}

/** The part of Bun's global that is used. Loading its node:crypto takes as long as to look at a thousand files. */
interface BunHashes {
  readonly CryptoHasher: {
    new (algorithm: 'sha256'): Sum;
    hash(algorithm: 'sha256', data: string | Uint8Array, encoding: 'hex'): string;
  };
}

const { Bun: bun } = globalThis as { readonly Bun?: BunHashes };

/** SHA-256 in hexadecimal; of a text, of its UTF-8. */
export const sha256: (data: string | Uint8Array) => string =
  bun === undefined
    ? (data) => process.getBuiltinModule('node:crypto').hash('sha256', data, 'hex')
    : (data) => bun.CryptoHasher.hash('sha256', data, 'hex');

/** SHA-256 of what comes in parts. */
export function sha256Sum(): Sum {
  return bun === undefined
    ? process.getBuiltinModule('node:crypto').createHash('sha256')
    : new bun.CryptoHasher('sha256');
}
