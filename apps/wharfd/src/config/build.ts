import { defaultBuildGcPolicy, type BuildGcPolicy } from '@wharf/engine';
import { parseStorageSize } from '@wharf/oci';
import { AllowList } from '@wharf/sources';
import { z } from 'zod';
import { readable, size } from './texts.js';

const place = z.string().refine(
  readable((text) => new AllowList([text])),
  'must be HOST, HOST:PORT or ADDRESS/BITS',
);

/** What builds may do, and how much of what they have made is kept. */
export const buildSettings = z.strictObject({
  /** Hosts, addresses and nets that builds may fetch from although they are private. */
  'allow-private': z.array(place).default([]),
  /** What builds may have beside a sandbox when their callers ask for it by --allow. */
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
