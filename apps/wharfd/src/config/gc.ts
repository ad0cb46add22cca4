import type { GcPolicy } from '@wharf/engine';
import { durationMillis, parseDuration, parseStorageSize } from '@wharf/oci';
import { z } from 'zod';
import { readable, size } from './texts.js';

const percent = /^(\d{1,2}(?:\.\d{1,3})?)%$/;

/** Images that are removed by themselves when they take too much. */
export const gcSchema = z.strictObject({
  /** Most that images may take, packed and unpacked. */
  'max-used': size.optional(),
  /** What the file system of the data root shall have free: a size, or percent of all. */
  'min-free': z.union([size, z.string().regex(percent)], 'must be a size or percent').optional(),
  /** So many of the newest images of each repository always stay. */
  keep: z.int().min(0).max(1000).optional(),
  /** Images used within this time always stay. */
  until: z
    .string()
    .refine(
      readable((text) => parseDuration(text)),
      'must be a duration like 168h',
    )
    .optional(),
});

/** Undefined when nothing asks for a removal: what to keep means nothing then. */
export function gcPolicy(settings: z.infer<typeof gcSchema> = {}): GcPolicy | undefined {
  const { 'max-used': maxUsed, 'min-free': minFree, keep, until } = settings;
  if (maxUsed === undefined && minFree === undefined) return undefined;
  return {
    ...(maxUsed === undefined ? {} : { maxUsed: parseStorageSize(maxUsed) }),
    ...(minFree === undefined ? {} : { minFree: freeSpace(minFree) }),
    ...(keep === undefined ? {} : { keep }),
    ...(until === undefined ? {} : { untilMs: durationMillis(parseDuration(until)) }),
  };
}

function freeSpace(text: string): number | { readonly percent: number } {
  const part = percent.exec(text)?.[1];
  return part === undefined ? parseStorageSize(text) : { percent: Number(part) };
}
