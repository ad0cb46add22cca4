import { canonicalName, parseReference } from '@wharf/oci';
import type { TargetRecord } from './records.js';

/** When images are removed by themselves. Nothing is, unless one of the first two is set. */
export interface GcPolicy {
  /** Bytes that images, packed and unpacked, may take. */
  readonly maxUsed?: number;
  /** What the file system shall have free: bytes, or percent of its size. */
  readonly minFree?: number | { readonly percent: number };
  /** So many of the newest images of each repository always stay. */
  readonly keep?: number;
  /** Images used within this time always stay; milliseconds. */
  readonly untilMs?: number;
}

/** Bytes. */
export interface DiskState {
  readonly used: number;
  readonly free: number;
  readonly total: number;
}

export interface PolicyImage {
  readonly target: Pick<TargetRecord, 'digest' | 'names' | 'repositories' | 'addedMs' | 'usedMs'>;
  readonly createdMs: number;
  /** A container was made from it. */
  readonly inUse: boolean;
}

/** An image is not taken before whoever got it had time to use it. */
const graceMs = 10_000;

/** Bytes by which the policy is exceeded; 0 within it. */
export function excess({ maxUsed, minFree }: GcPolicy, disk: DiskState): number {
  const over = maxUsed === undefined ? 0 : disk.used - maxUsed;
  const least = typeof minFree === 'object' ? (disk.total * minFree.percent) / 100 : (minFree ?? 0);
  return Math.max(0, over, least - disk.free);
}

/** The images that may go, in that order: those without a name first, then those not used for longest. */
export function victims(
  policy: GcPolicy,
  images: readonly PolicyImage[],
  nowMs: number,
): readonly PolicyImage[] {
  const kept = keptImages(policy.keep ?? 0, images);
  const since = nowMs - Math.max(policy.untilMs ?? 0, graceMs);
  const dangling = ({ target }: PolicyImage): number => (target.names.length === 0 ? 0 : 1);
  return images
    .filter((image) => !image.inUse && !kept.has(image) && image.target.usedMs < since)
    .toSorted((a, b) => dangling(a) - dangling(b) || a.target.usedMs - b.target.usedMs);
}

function keptImages(keep: number, images: readonly PolicyImage[]): ReadonlySet<PolicyImage> {
  const byRepository = new Map<string, PolicyImage[]>();
  for (const image of images) {
    const { names, repositories } = image.target;
    const named = names.map((name) => canonicalName(parseReference(name)));
    for (const repository of new Set([...named, ...repositories]))
      byRepository.set(repository, [...(byRepository.get(repository) ?? []), image]);
  }
  const newest = (a: PolicyImage, b: PolicyImage): number =>
    b.createdMs - a.createdMs || b.target.addedMs - a.target.addedMs;
  return new Set([...byRepository.values()].flatMap((all) => all.toSorted(newest).slice(0, keep)));
}
