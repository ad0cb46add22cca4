import type { ImageRuntimeConfig } from '@wharf/core';
import { parseContainerPath, parseVolumePath } from './container-path.js';
import { checkEnv } from './env.js';
import { parseExposedPort } from './exposed-port.js';
import { readHealthcheck } from './healthcheck.js';
import type { Fields } from './json-fields.js';
import * as limits from './limits.js';
import { parseSignal } from './signal.js';

/**
 * Reads the member `config` of an image config; absent lists are empty, absent texts are ''; sets are sorted. `ArgsEscaped`
 * means something on Windows only: it is checked and dropped.
 */
export function readRuntimeConfig(fields: Fields): ImageRuntimeConfig {
  fields.boolean('ArgsEscaped');
  const healthcheck = fields.nested('Healthcheck', readHealthcheck);
  return Object.freeze({
    user: readUser(fields),
    exposedPorts: readSet(fields, 'ExposedPorts', limits.maxExposedPorts, parseExposedPort),
    env: readEnv(fields),
    entrypoint: readArguments(fields, 'Entrypoint'),
    command: readArguments(fields, 'Cmd'),
    volumes: readSet(fields, 'Volumes', limits.maxVolumes, parseVolumePath),
    workdir: readWorkdir(fields),
    labels:
      fields.stringMap('Labels', limits.maxAnnotations, limits.maxAnnotationLength) ??
      (Object.freeze(Object.create(null)) as Readonly<Record<string, string>>),
    stopSignal: readStopSignal(fields),
    ...(healthcheck === undefined ? {} : { healthcheck }),
    shell: readArguments(fields, 'Shell'),
    onBuild: readArguments(fields, 'OnBuild'),
  });
}

function readUser(fields: Fields): string {
  const user = fields.string('User', limits.maxWordLength) ?? '';
  if ([...user].some((char) => char < ' ')) throw fields.fail('User', 'has control characters');
  return user;
}

function readArguments(fields: Fields, key: string): readonly string[] {
  return fields.strings(key, limits.maxArguments, limits.maxArgumentLength) ?? Object.freeze([]);
}

function readEnv(fields: Fields): readonly string[] {
  const env = fields.strings('Env', limits.maxEnvEntries, limits.maxArgumentLength) ?? [];
  env.forEach((entry, i) => fields.parsed(`Env[${i}]`, entry, checkEnv));
  return Object.freeze(env);
}

function readSet(
  fields: Fields,
  key: string,
  maxCount: number,
  parse: (text: string) => string,
): readonly string[] {
  const keys = fields.keys(key, maxCount, limits.maxContainerPath) ?? [];
  return Object.freeze([...new Set(keys.map((name) => fields.parsed(key, name, parse)))].sort());
}

function readWorkdir(fields: Fields): string {
  const text = fields.string('WorkingDir', limits.maxContainerPath) ?? '';
  return text === '' ? '' : fields.parsed('WorkingDir', text, parseContainerPath);
}

function readStopSignal(fields: Fields): string {
  const text = fields.string('StopSignal', limits.maxWordLength) ?? '';
  if (text !== '') fields.parsed('StopSignal', text, parseSignal);
  return text;
}
