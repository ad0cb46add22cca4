import { setImmediate } from 'node:timers/promises';
import type { BuildSource, BuildSpec, CallOptions } from '@wharf/core';
import {
  planInTurns,
  type BaseImage,
  type Dockerfile,
  type ImageRequest,
  type NamedContext,
  type Plan,
  type PlanOptions,
} from '@wharf/dockerfile';
import { parsePlatform, samePlatform, type Platform } from '@wharf/oci';
import { inTurns } from '../../concurrency/pace.js';
import { layoutName } from '../layouts/layout-name.js';
import type { PlatformPlan } from '../solve/graph.js';

export interface PlansRequest {
  readonly file: Dockerfile;
  readonly spec: Pick<BuildSpec, 'target' | 'buildArgs' | 'namedContexts' | 'platforms'>;
  readonly buildPlatform: Platform;
  readonly isIgnored?: (path: string) => boolean;
  readonly resolve: (request: ImageRequest, options: CallOptions) => Promise<BaseImage>;
}

/** The platforms of a spec, each once; that of the host when it names none. */
export function targetPlatforms(
  { platforms }: Pick<BuildSpec, 'platforms'>,
  host: Platform,
): readonly Platform[] {
  const all = platforms.map((text) => parsePlatform(text, host));
  const once = all.filter((one, at) => all.findIndex((other) => samePlatform(one, other)) === at);
  return once.length === 0 ? [host] : once;
}

/** The third stage for each platform, asked again until it needs to know no further image. */
export async function makePlans(
  request: PlansRequest,
  options: CallOptions,
): Promise<{
  readonly plans: readonly PlatformPlan[];
  readonly images: ReadonlyMap<string, BaseImage>;
}> {
  const images = new Map<string, BaseImage>();
  const plans: PlatformPlan[] = [];
  for (const platform of targetPlatforms(request.spec, request.buildPlatform))
    plans.push({ platform, plan: await onePlan(request, platform, images, options) });
  return { plans, images };
}

async function onePlan(
  request: PlansRequest,
  platform: Platform,
  images: Map<string, BaseImage>,
  options: CallOptions,
): Promise<Plan> {
  for (;;) {
    options.signal.throwIfAborted();
    await setImmediate();
    const asked = { ...planOptions(request, platform), images };
    const planned = await inTurns(planInTurns(request.file, asked), options);
    if (planned.kind === 'plan') return planned;
    const found = await Promise.all(
      planned.images.map(async (image) => ({
        key: image.key,
        base: await request.resolve(image, options),
      })),
    );
    for (const { key, base } of found) images.set(key, base);
  }
}

export function planOptions(
  { spec, buildPlatform, isIgnored }: Omit<PlansRequest, 'resolve' | 'file'>,
  targetPlatform: Platform,
): PlanOptions {
  const { target, buildArgs, namedContexts } = spec;
  return {
    ...(target === '' ? {} : { target }),
    buildArgs,
    buildPlatform,
    targetPlatform,
    contexts: new Map([...namedContexts].map(([name, source]) => [name, namedContext(source)])),
    ...(isIgnored === undefined ? {} : { isIgnored }),
  };
}

function namedContext(source: BuildSource): NamedContext {
  switch (source.kind) {
    case 'image':
      return { kind: 'image', reference: source.reference };
    case 'oci-layout':
      return { kind: 'image', reference: layoutName(source) };
    case 'stage':
      return { kind: 'stage', stage: source.stage };
    default:
      return { kind: 'files' };
  }
}
