import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';
import { defaultContext } from './default.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the command line keeps its settings: WHARF_CONFIG, or .wharf in the home directory. */
export function configDirectory(env: Environment): string {
  return env['WHARF_CONFIG'] || join(env['HOME'] || homedir(), '.wharf');
}

/** Undefined when there is no such file; throws failed-precondition when it cannot be read. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new FailedPreconditionError(`cannot read ${path}: ${code}`, { cause });
  }
}

/** The config.json of a directory; empty where there is none. Throws failed-precondition for what is no JSON object. */
export async function readConfig(directory: string): Promise<Readonly<Record<string, unknown>>> {
  const path = join(directory, 'config.json');
  const text = await readText(path);
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>;
    }
  } catch {
    // A message of JSON.parse could quote a password.
  }
  throw new FailedPreconditionError(`${path} is not a JSON object: mend or remove it`);
}

/** The name of the context that `use` has made the current one. */
export async function readCurrent(directory: string): Promise<string> {
  const { currentContext } = await readConfig(directory);
  return typeof currentContext === 'string' && currentContext !== ''
    ? currentContext
    : defaultContext;
}
