import { defaultBuildGcPolicy, type BuildGcPolicy } from '@wharf/engine';
import { parseStorageSize } from '@wharf/oci';
import { z } from 'zod';

const size = z.string().refine((text) => {
  try {
    return parseStorageSize(text) >= 0;
  } catch {
    return false;
  }
}, 'must be a size like 20GB');

/** What builds may do, and how much of what they have made is kept. */
export const buildSettings = z.strictObject({
  /** Hosts, addresses and nets that builds may fetch from although they are private. */
  'allow-private': z.array(z.string().min(1)).default([]),
  /** What callers may ask for by --allow. */
  entitlements: z
    .array(z.enum(['network.host', 'security.insecure', 'device']))
    .default(['network.host']),
  gc: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Most that the cache may take; a tenth of the disk when that is less. */
      'max-used': size.default('20GB'),
    })
    .default({ enabled: true, 'max-used': '20GB' }),
});

export type BuildSettings = z.infer<typeof buildSettings>;

export function buildGcPolicy({ gc }: BuildSettings): BuildGcPolicy {
  const maxUsed = parseStorageSize(gc['max-used']);
  return { ...defaultBuildGcPolicy, enabled: gc.enabled, maxUsed };
}
