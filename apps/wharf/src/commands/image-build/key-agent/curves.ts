/** The curves of RFC 5656, by their names here and there. */
export const curves = [
  { type: 'ecdsa-sha2-nistp256', name: 'nistp256', jwk: 'P-256', hash: 'sha256' },
  { type: 'ecdsa-sha2-nistp384', name: 'nistp384', jwk: 'P-384', hash: 'sha384' },
  { type: 'ecdsa-sha2-nistp521', name: 'nistp521', jwk: 'P-521', hash: 'sha512' },
] as const;
