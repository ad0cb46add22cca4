import { emptyRuntimeConfig, formatPlatform, parsePlatform, type Platform } from '@wharf/oci';
import { DockerfileError } from '../error.js';
import type { Expansion } from '../expand/expand.js';
import type { Stage } from '../instruction/dockerfile.js';
import type { Word } from '../source/text.js';
import type { Beginning } from './draft.js';
import type { Evaluation } from './evaluation.js';
import type { Globals } from './globals.js';

/** What FROM names, with the arguments before the first FROM put in. @throws DockerfileError for an empty name */
export function baseName(stage: Stage, evaluation: Evaluation, globals: Globals): Word {
  const { image } = stage.from;
  const { text } = expandFrom(image, stage, evaluation, globals);
  if (text !== '') return { text, range: image.range };
  throw new DockerfileError(`the image of FROM is empty: ${image.text} has no value`, {
    source: stage.from.source,
    range: image.range,
  });
}

/** What a stage is built for: --platform, else the target platform of the build. */
export function platformOf(stage: Stage, evaluation: Evaluation, globals: Globals): Platform {
  const { buildPlatform, targetPlatform = buildPlatform } = evaluation.options;
  const { from } = stage;
  if (from.platform === undefined) return targetPlatform;
  const { platform: word } = from;
  const expansion = expandFrom(word, stage, evaluation, globals);
  if (expansion.text === '') {
    throw new DockerfileError(`the platform ${word.text} is empty`, {
      source: from.source,
      range: word.range,
      suggestion: nearest(expansion, globals, stage, evaluation),
    });
  }
  const platform = evaluation.checked(from, word.range, () =>
    parsePlatform(expansion.text, buildPlatform),
  );
  checkPlatform(stage, expansion, platform, evaluation);
  return platform;
}

/** A beginning without files and config. */
export function beginEmpty(result: number, platform: Platform, unknown = false): Beginning {
  return {
    result,
    config: emptyRuntimeConfig(),
    platform,
    author: '',
    args: new Map(),
    unknown,
    hasWorkdir: false,
  };
}

/** A stage on no image: processes are at the root, and the config says so, as BuildKit's does. */
export function beginScratch(result: number, platform: Platform): Beginning {
  return { ...beginEmpty(result, platform), config: { ...emptyRuntimeConfig(), workdir: '/' } };
}

function expandFrom(word: Word, stage: Stage, evaluation: Evaluation, globals: Globals): Expansion {
  const expansion = evaluation.expandWith(word, stage.from, (name) => globals.get(name));
  for (const name of expansion.missing) {
    if (globals.has(name) || evaluation.options.report === undefined) continue;
    const near = evaluation.nearest(name, [...globals.keys()], stage.from);
    const hint = near === undefined ? '' : `: did you mean ${near}?`;
    evaluation.report(
      'UndefinedArgInFrom',
      stage.from,
      `FROM uses the argument ${name}, which nothing declares before the first FROM${hint}`,
    );
  }
  return expansion;
}

function nearest(
  { missing }: Expansion,
  globals: Globals,
  stage: Stage,
  evaluation: Evaluation,
): string | undefined {
  const [name] = missing;
  return name === undefined ? undefined : evaluation.nearest(name, [...globals.keys()], stage.from);
}

function checkPlatform(
  stage: Stage,
  { text, used }: Expansion,
  platform: Platform,
  evaluation: Evaluation,
): void {
  const { buildPlatform, targetPlatform = buildPlatform } = evaluation.options;
  if (used.size === 1 && used.has('TARGETPLATFORM') && text === formatPlatform(targetPlatform)) {
    evaluation.report(
      'RedundantTargetPlatform',
      stage.from,
      'FROM takes the target platform by itself: leave --platform out',
    );
  }
  const name = stage.name ?? '';
  if (used.size > 0 || name.includes(platform.os) || name.includes(platform.architecture)) return;
  evaluation.report(
    'FromPlatformFlagConstDisallowed',
    stage.from,
    `FROM has the fixed platform ${text}: use an argument, or name the stage after it`,
  );
}
