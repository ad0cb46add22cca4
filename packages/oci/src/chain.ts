import type { Digest, HashBytes } from './digest.js';

/**
 * Names the stacks of layers: the n-th chain id stands for layers 0..n applied in order
 * (OCI image-spec, config.md, "Layer ChainID"). The first equals its diff id.
 */
export function chainIds(diffIds: readonly Digest[], hash: HashBytes): readonly Digest[] {
  const encoder = new TextEncoder();
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : hash(encoder.encode(`${below} ${diffId}`)));
  }
  return chain;
}

/** The chain id of the whole stack; undefined for an image without layers. */
export function chainId(diffIds: readonly Digest[], hash: HashBytes): Digest | undefined {
  return chainIds(diffIds, hash).at(-1);
}
