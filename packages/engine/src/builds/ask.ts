import type { BuildAnswer, BuildQuestion, BuildSpec, CallOptions } from '@wharf/core';
import {
  checkInTurns,
  outlineInTurns,
  targets,
  type Dockerfile,
  type PlanOptions,
  type Turns,
} from '@wharf/dockerfile';
import { inTurns } from '../concurrency/pace.js';
import { openPins } from './lock/pins.js';
import { planOptions, targetPlatforms } from './job/plans.js';
import { readDockerfile } from './job/dockerfile.js';
import { warningsOf } from './job/warnings.js';
import type { BuildsContext } from './context.js';
import { loadContext, type LoadedContext } from './contexts/load.js';

/** What is asked about a Dockerfile; nothing is executed, and images are not asked for. */
export async function askBuild(
  context: BuildsContext,
  spec: BuildSpec,
  question: BuildQuestion,
  { signal }: CallOptions,
): Promise<BuildAnswer> {
  const path = spec.dockerfilePath || 'Dockerfile';
  const pins = openPins({ locked: false });
  const request = { dockerfile: path, pins, report: silent, spec };
  const loaded: LoadedContext =
    spec.context === undefined
      ? { tree: (await context.trees.importFiles([], { signal })).digest }
      : await loadContext(context, spec.context, request, { signal });
  using _ = context.treeUses.hold(loaded.whole ?? loaded.tree);
  const text = spec.dockerfile ?? loaded.dockerfile;
  const { file } = await readDockerfile(
    context.trees,
    { tree: loaded.whole ?? loaded.tree, path, ...(text === undefined ? {} : { text }) },
    { signal },
  );
  const { buildPlatform } = context;
  const [platform = buildPlatform] = targetPlatforms(spec, buildPlatform);
  const asked = answers[question](file, planOptions({ spec, buildPlatform }, platform));
  return inTurns(asked, { signal });
}

const silent = { log: () => undefined, progress: () => undefined };

type Answer = (file: Dockerfile, options: PlanOptions) => Turns<BuildAnswer>;

const answers: Readonly<Record<BuildQuestion, Answer>> = {
  *check(file, options) {
    const { findings, error } = yield* checkInTurns(file, options);
    if (error !== undefined) throw error;
    const warnings = yield* warningsOf(findings);
    const lines = warnings.flatMap(({ rule, message, url, place }) => [
      `\nWARNING: ${rule} - ${url}\n${message}\n${place?.file ?? ''}:${place?.firstLine ?? 0}`,
      `--------------------\n${place?.excerpt ?? ''}\n--------------------`,
    ]);
    const count = warnings.length;
    const head =
      count === 0
        ? 'Check complete, no warnings found.'
        : `Check complete, ${count} ${count === 1 ? 'warning has' : 'warnings have'} been found!`;
    const json: string[] = [];
    for (const warning of warnings) {
      yield;
      json.push(JSON.stringify(warning, undefined, 2).replaceAll('\n', '\n    '));
    }
    const list = count === 0 ? '[]' : `[\n    ${json.join(',\n    ')}\n  ]`;
    return {
      text: `${[head, ...lines].join('\n')}\n`,
      json: `{\n  "warnings": ${list}\n}`,
      exitCode: count === 0 ? 0 : 1,
    };
  },
  *outline(file, options) {
    const { target, args, secrets, ssh, caches } = yield* outlineInTurns(file, options);
    const name = target.name ?? String(target.index);
    const rows = args.map(({ name: of, value, description }) => [
      of,
      value ?? '',
      description ?? '',
    ]);
    const parts = [
      `TARGET:      ${name}`,
      ...(target.description === undefined ? [] : [`DESCRIPTION: ${target.description}`]),
      ...section(['BUILD ARG', 'VALUE', 'DESCRIPTION'], rows),
      ...section(
        ['SECRET', 'REQUIRED'],
        secrets.map(({ id, required }) => [id, String(required)]),
      ),
      ...section(
        ['SSH', 'REQUIRED'],
        ssh.map(({ id, required }) => [id, String(required)]),
      ),
      ...section(
        ['CACHE'],
        caches.map((id) => [id]),
      ),
    ];
    return answer(parts.join('\n'), { target, args, secrets, ssh, caches }, 0);
  },
  *targets(file) {
    const all = targets(file);
    const rows = all.map(({ name, index, isDefault, description }) => [
      `${name ?? index}${isDefault ? ' (default)' : ''}`,
      description ?? '',
    ]);
    return answer(table(['TARGET', 'DESCRIPTION'], rows), { targets: all }, 0);
  },
};

function answer(text: string, value: unknown, exitCode: number): BuildAnswer {
  return { text: `${text}\n`, json: JSON.stringify(value, undefined, 2), exitCode };
}

function section(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : ['', table(head, rows)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, at) =>
    Math.max(...[head, ...rows].map((row) => (row[at] ?? '').length)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd((widths[at] ?? 0) + 4))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
