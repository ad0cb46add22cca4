import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';

const privateFile = 0o600;
const privateDirectory = 0o700;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the command line keeps its settings: WHARF_CONFIG, or .wharf in the home directory. */
export function configDirectory(env: Environment): string {
  return env['WHARF_CONFIG'] || join(env['HOME'] || homedir(), '.wharf');
}

/** Undefined when there is no such file; failed-precondition when it cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new FailedPreconditionError(`cannot read ${path}: ${code}`, { cause });
  }
}

export function readJson(path: string): Readonly<Record<string, unknown>> | undefined {
  const text = readText(path);
  return text === undefined ? undefined : parseObject(text, path);
}

/** Throws failed-precondition unless the text is one JSON object; `where` names it in the message. */
export function parseObject(text: string, where: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FailedPreconditionError(`${where} is not JSON: repair or remove it`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FailedPreconditionError(`${where} is not a JSON object: repair or remove it`);
  }
  return value as Readonly<Record<string, unknown>>;
}

/** Replaces a file as a whole, for its owner's eyes alone. */
export function writePrivate(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: privateDirectory });
  const aside = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(aside, text, { mode: privateFile, flush: true });
    chmodSync(aside, privateFile);
    renameSync(aside, path);
  } catch (cause) {
    rmSync(aside, { force: true });
    const { code } = cause as NodeJS.ErrnoException;
    throw new FailedPreconditionError(`cannot write ${path}: ${code}`, { cause });
  }
}
