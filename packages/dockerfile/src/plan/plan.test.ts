import type { ImageRuntimeConfig } from '@wharf/core';
import { emptyRuntimeConfig, normalisePlatform, parsePlatform } from '@wharf/oci';
import { DockerfileError } from '../error.js';
import { readDockerfile } from '../instruction/dockerfile.js';
import { testCorpus } from '../test-corpus.js';
import { plan } from './plan.js';
import type {
  BaseImage,
  NamedContext,
  Plan,
  PlannedStage,
  PlanOptions,
  Step,
} from './plan-types.js';

const host = normalisePlatform('linux', 'amd64');

interface Options {
  readonly target?: string;
  readonly platform?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly contexts?: Readonly<Record<string, NamedContext>>;
  /** Configs of base images by reference; others are empty. */
  readonly images?: Readonly<Record<string, Partial<ImageRuntimeConfig>>>;
  readonly needsOnly?: boolean;
}

testCorpus('plan', ({ dockerfile, options: raw }) => {
  const options = raw as Options;
  try {
    const file = readDockerfile(dockerfile);
    const images = new Map<string, BaseImage>();
    const rounds: string[][] = [];
    for (;;) {
      const result = plan(file, { ...planOptions(options), images });
      if (result.kind === 'plan') return { ...brief(result), needed: rounds };
      rounds.push(result.images.map(({ key }) => key));
      if (options.needsOnly === true) return { needed: rounds };
      for (const { key, reference, platform } of result.images) {
        const config = { ...emptyRuntimeConfig(), ...options.images?.[reference] };
        images.set(key, { config, platform, digest: `sha256:${reference}` });
      }
    }
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    return { error: error.message, code: error.code, at: error.range };
  }
});

function planOptions({ target, platform, buildArgs, contexts }: Options): PlanOptions {
  return {
    ...(target === undefined ? {} : { target }),
    ...(platform === undefined ? {} : { targetPlatform: parsePlatform(platform, host) }),
    buildPlatform: host,
    buildArgs: new Map(Object.entries(buildArgs ?? {})),
    contexts: new Map(Object.entries(contexts ?? {})),
  };
}

function brief({ ops, stages, target, contextPaths, unusedArgs }: Plan): object {
  return {
    ops: ops.map((op) =>
      'platform' in op ? { ...op, platform: `${op.platform.os}/${op.platform.architecture}` } : op,
    ),
    stages: stages.map(briefStage),
    target: target.index,
    ...(contextPaths.size > 0 ? { contextPaths } : {}),
    ...(unusedArgs.length > 0 ? { unusedArgs } : {}),
  };
}

/** Members of the config that say nothing are left out. */
function briefStage({
  index,
  name,
  result,
  config,
  steps,
  history,
  args,
  author,
  parent,
}: PlannedStage): object {
  const said = Object.entries(config).filter(
    ([, value]) => JSON.stringify(value, text) !== '[]' && value !== '',
  );
  return {
    index,
    name,
    result,
    ...(parent === undefined ? {} : { parent }),
    ...(author === '' ? {} : { author }),
    config: Object.fromEntries(said.filter(([, value]) => JSON.stringify(value, text) !== '{}')),
    history: history.map(({ createdBy, emptyLayer }) => `${emptyLayer ? ' ' : '+'} ${createdBy}`),
    steps: steps.map(briefStep),
    ...(args.size > 0 ? { args } : {}),
  };
}

/** `[ONBUILD ]text[ -> operation][ {variable=value}]` */
function briefStep({ text: line, op, trigger, variables }: Step): string {
  const values = [...variables].map(([name, value]) =>
    value === undefined ? name : `${name}=${value}`,
  );
  const head = `${trigger ? 'ONBUILD ' : ''}${line.split('\n')[0] ?? ''}`;
  return `${head}${op === undefined ? '' : ` -> ${op}`}${values.length > 0 ? ` {${values.join(', ')}}` : ''}`;
}

function text(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
