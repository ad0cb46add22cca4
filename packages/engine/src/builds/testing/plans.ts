import { plan, readDockerfile, type Plan, type PlanOptions } from '@wharf/dockerfile';
import { hostPlatform, type Platform } from '@wharf/oci';

export const amd64: Platform = hostPlatform('x64');
export const arm64: Platform = hostPlatform('arm64');

/** The plan of a text whose bases are scratch or assumed. */
export function planOf(text: string, options: Partial<PlanOptions> = {}): Plan {
  const planned = plan(readDockerfile(text), {
    buildPlatform: amd64,
    unknownImages: 'assume',
    ...options,
  });
  return planned as Plan;
}
