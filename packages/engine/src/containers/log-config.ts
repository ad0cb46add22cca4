import { InvalidArgumentError } from '@wharf/core';
import { parseMemorySize } from '@wharf/oci';
import type { ContainerDefaults } from './dependencies.js';
import type { TaskLog } from './ports.js';
import type { ContainerRecord } from './records.js';

const knownOptions = new Set([
  'max-size',
  'max-file',
  'compress',
  'labels',
  'labels-regex',
  'env',
  'env-regex',
  'tag',
  'mode',
  'max-buffer-size',
]);
const drivers = ['json-file', 'none'];

export interface LogOptions {
  readonly maxSize: number;
  readonly maxFiles: number;
  readonly compress: boolean;
}

/** Driver and options as one typed slice; invalid-argument names the option. Rotation is on by default: 5 files of 20 MiB. */
export function parseLogOptions(
  driver: string,
  options: Readonly<Record<string, string>>,
): LogOptions {
  if (!drivers.includes(driver)) {
    throw new InvalidArgumentError(`unknown log driver "${driver}": use json-file or none`);
  }
  for (const name of Object.keys(options)) {
    if (!knownOptions.has(name)) {
      throw new InvalidArgumentError(`unknown log opt '${name}' for ${driver} log driver`);
    }
  }
  const maxFiles = Number(options['max-file'] ?? '5');
  if (!Number.isInteger(maxFiles) || maxFiles < 1 || maxFiles > 10_000) {
    throw new InvalidArgumentError(
      `log opt max-file must be a number from 1, not "${options['max-file']}"`,
    );
  }
  return {
    maxSize: options['max-size'] === '-1' ? 0 : parseMemorySize(options['max-size'] ?? '20m'),
    maxFiles,
    compress: options['compress'] === 'true',
  };
}

/** What the shim writes; the path is empty for driver none. */
export function taskLog(
  record: ContainerRecord,
  driver: string,
  defaults: ContainerDefaults,
): TaskLog {
  const options = {
    ...(driver === defaults.logDriver ? defaults.logOptions : {}),
    ...record.spec.log.options,
  };
  return {
    path: driver === 'none' ? '' : record.resolved.logPath,
    ...parseLogOptions(driver, options),
    attributes: attributes(record, options),
  };
}

function attributes(
  record: ContainerRecord,
  options: Readonly<Record<string, string>>,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of (options['labels'] ?? '').split(',')) {
    const value = record.resolved.labels[name];
    if (name !== '' && value !== undefined) found[name] = value;
  }
  for (const name of (options['env'] ?? '').split(',')) {
    const entry = record.resolved.env.find((line) => line.startsWith(`${name}=`));
    if (name !== '' && entry !== undefined) found[name] = entry.slice(name.length + 1);
  }
  const tag = options['tag'];
  if (tag !== undefined && tag !== '') found['tag'] = tag;
  return found;
}
