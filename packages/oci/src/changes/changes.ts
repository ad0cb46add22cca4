import type { ImageRuntimeConfig } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';
import { parseContainerPath, parseVolumePath } from '../container-path.js';
import { lookUpEnv, mergeEnv } from '../env.js';
import { parseExposedPort } from '../exposed-port.js';
import { maxArguments, maxExposedPorts } from '../limits.js';
import { parseSignal } from '../signal.js';
import { readHealthChange } from './health.js';
import {
  atLeastOne,
  blankName,
  exactlyOne,
  noPair,
  readInstructions,
  readJsonForm,
} from './instruction.js';
import { expandWord, splitPair, splitWords, type Lookup } from './words.js';

type Draft = { -readonly [K in keyof ImageRuntimeConfig]: ImageRuntimeConfig[K] };
type Change = (draft: Draft, rest: string, expand: (word: string) => string) => void;

/**
 * Applies Dockerfile instructions to a config, as `--change` of commit and import does: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL,
 * ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR, HEALTHCHECK and SHELL, in order. Variables come from the config's own
 * environment. A new entrypoint takes away a command that no change has set.
 * @throws InvalidArgumentError in docker's words
 */
export function applyChanges(
  config: ImageRuntimeConfig,
  changes: readonly string[],
): ImageRuntimeConfig {
  const draft: Draft = { ...config };
  const lookUp: Lookup = (name) => lookUpEnv(draft.env, name);
  let commandSet = false;
  for (const { name, rest } of changes.flatMap(readInstructions)) {
    changeOf(name)(draft, rest, (word) => expandWord(word, lookUp));
    if (name === 'CMD') commandSet = true;
    if (name === 'ENTRYPOINT' && !commandSet) draft.command = [];
  }
  return Object.freeze(draft);
}

const defaultShell = ['/bin/sh', '-c'];

const table: Readonly<Record<string, Change>> = {
  CMD: (draft, rest) => void (draft.command = commandLine('CMD', rest, draft.shell)),
  ENTRYPOINT: (draft, rest) =>
    void (draft.entrypoint = commandLine('ENTRYPOINT', rest, draft.shell)),
  ENV(draft, rest, expand) {
    for (const [name, value] of readPairs('ENV', rest, expand))
      draft.env = mergeEnv(draft.env, [`${name}=${value}`]);
  },
  LABEL(draft, rest, expand) {
    const labels = Object.assign(
      Object.create(null) as Record<string, string>,
      draft.labels,
      Object.fromEntries(readPairs('LABEL', rest, expand)),
    );
    draft.labels = Object.freeze(labels);
  },
  EXPOSE(draft, rest, expand) {
    const ports = splitWords(rest).flatMap((word) => readPorts(expand(word)));
    if (ports.length === 0) throw atLeastOne('EXPOSE');
    draft.exposedPorts = union(draft.exposedPorts, ports);
  },
  ONBUILD: (draft, rest) => void (draft.onBuild = [...draft.onBuild, readTrigger(rest)]),
  STOPSIGNAL(draft, rest, expand) {
    const signal = expand(one('STOPSIGNAL', rest));
    parseSignal(signal);
    draft.stopSignal = signal;
  },
  USER: (draft, rest, expand) => void (draft.user = expand(one('USER', rest))),
  VOLUME(draft, rest, expand) {
    const paths = (readJsonForm(rest) ?? splitWords(rest)).map((word) => expand(word).trim());
    if (paths.length === 0) throw atLeastOne('VOLUME');
    if (paths.includes(''))
      throw new InvalidArgumentError('VOLUME specified can not be an empty string');
    draft.volumes = union(draft.volumes, paths.map(parseVolumePath));
  },
  WORKDIR(draft, rest, expand) {
    if (rest === '') throw exactlyOne('WORKDIR');
    const path = expand(rest);
    draft.workdir = parseContainerPath(path.startsWith('/') ? path : `${draft.workdir}/${path}`);
  },
  HEALTHCHECK: (draft, rest) => void (draft.healthcheck = readHealthChange(rest)),
  SHELL(draft, rest) {
    const words = readJsonForm(rest);
    if (rest === '') throw atLeastOne('SHELL');
    if (words === undefined)
      throw new InvalidArgumentError('SHELL requires the arguments to be in JSON form');
    if (words.length === 0) throw atLeastOne('SHELL');
    draft.shell = words;
  },
};

function changeOf(name: string): Change {
  const change = Object.hasOwn(table, name) ? table[name] : undefined;
  if (change !== undefined) return change;
  throw new InvalidArgumentError(`${name.slice(0, 64)} is not a valid change command`);
}

function commandLine(name: string, rest: string, shell: readonly string[]): readonly string[] {
  if (rest === '') throw atLeastOne(name);
  return readJsonForm(rest) ?? [...(shell.length === 0 ? defaultShell : shell), rest];
}

/** `k=v k="v w"`, or the old form `k v w` for one of them. */
function readPairs(
  name: string,
  rest: string,
  expand: (word: string) => string,
): readonly (readonly [string, string])[] {
  const words = splitWords(rest);
  const [first] = words;
  if (first === undefined) throw atLeastOne(name);
  if (!first.includes('=')) {
    const value = rest.slice(first.length).trim();
    if (value === '') throw new InvalidArgumentError(`${name} must have two arguments`);
    return [[expand(first), expand(value)]];
  }
  if (words.length > maxArguments) throw new InvalidArgumentError(`${name} has too many arguments`);
  return words.map((word) => {
    const pair = splitPair(word);
    if (pair === undefined) throw noPair(word);
    const key = expand(pair[0]);
    if (key === '') throw blankName(name);
    return [key, expand(pair[1])];
  });
}

/** One port for each of a range, as docker writes them into a config. */
function readPorts(text: string): readonly string[] {
  const [ports = '', protocol = ''] = parseExposedPort(text).split('/');
  const [first = 0, last = first] = ports.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, i) => `${first + i}/${protocol}`);
}

function readTrigger(rest: string): string {
  const [trigger = ''] = rest.split(/\s/, 1);
  switch (trigger.toUpperCase()) {
    case '':
      throw atLeastOne('ONBUILD');
    case 'ONBUILD':
      throw new InvalidArgumentError("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
    case 'MAINTAINER':
    case 'FROM':
      throw new InvalidArgumentError(
        `${trigger.toUpperCase()} isn't allowed as an ONBUILD trigger`,
      );
    default:
      return rest;
  }
}

function one(name: string, rest: string): string {
  const words = splitWords(rest);
  if (words.length !== 1) throw exactlyOne(name);
  return words[0] as string;
}

function union(before: readonly string[], more: readonly string[]): readonly string[] {
  const all = [...new Set([...before, ...more])].sort();
  if (all.length > maxExposedPorts) throw new InvalidArgumentError('there are too many of them');
  return Object.freeze(all);
}
