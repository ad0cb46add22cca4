import type { Digest } from '@wharf/oci';
import type { Claim } from '../../images/claims.js';

/** Each digest is written down once: thousands of cached steps that have the same layers hold them again and again. */
export function claimOnce(claim: Claim): Claim {
  const held = new Map<Digest, Promise<void>>();
  return {
    ...claim,
    async hold(digests, options) {
      const fresh = digests.filter((digest) => !held.has(digest));
      if (fresh.length > 0) {
        const holding = claim.hold(fresh, options);
        for (const digest of fresh) held.set(digest, holding);
        holding.catch(() => fresh.forEach((digest) => held.delete(digest)));
      }
      await Promise.all(digests.map((digest) => held.get(digest)));
    },
  };
}
