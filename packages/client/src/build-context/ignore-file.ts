import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { FailedPreconditionError, isWharfError } from '@wharf/core';
import { IgnoreFilter, ignoreFiles, parseIgnore } from '@wharf/dockerfile';
import { diskPath } from './bytes-path.js';
import { errnoOf } from './file-error.js';

/** Of an ignore file; more is nothing that people write. */
const maxBytes = 4 * 1024 * 1024;

/** The rules of a context, and what they cannot leave out. */
export interface ContextRules {
  readonly filter: IgnoreFilter;
  /** Path of the Dockerfile in the context; undefined when it is elsewhere or none was named. */
  readonly dockerfilePath: string | undefined;
}

/**
 * @param directory without links
 * @param dockerfile on the disk
 * @throws InvalidArgumentError for malformed rules
 */
export function readRules(directory: string, dockerfile: string | undefined): ContextRules {
  const dockerfilePath = dockerfile && pathInside(directory, dockerfile);
  const candidates = ignoreFiles(dockerfile ?? '').flatMap(({ file, from }) => {
    if (from === 'context') return [join(directory, file)];
    return dockerfile === undefined ? [] : [file];
  });
  const names = dockerfilePath === undefined ? [] : [dockerfilePath];
  const keep = [...names, ...ignoreFiles(dockerfilePath ?? '').map(({ file }) => file)];
  for (const path of candidates) {
    const text = readIgnore(path);
    if (text === undefined) continue;
    const rules = parseIgnore(text, basename(path));
    return { filter: new IgnoreFilter(rules, keep.map(diskPath)), dockerfilePath };
  }
  return { filter: new IgnoreFilter([], []), dockerfilePath };
}

function pathInside(directory: string, path: string): string | undefined {
  const inside = relative(directory, join(realParent(path), basename(path)));
  const parts = inside.split(sep);
  return parts[0] === '..' || isAbsolute(inside) ? undefined : parts.join('/');
}

function realParent(path: string): string {
  try {
    return realpathSync(dirname(path));
  } catch {
    return dirname(path);
  }
}

function readIgnore(path: string): string | undefined {
  try {
    const found = statSync(path);
    if (!found.isFile()) throw unreadable(path, 'it is no file');
    if (found.size > maxBytes) throw unreadable(path, `it has more than ${maxBytes} bytes`);
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (isWharfError(cause)) throw cause;
    const errno = errnoOf(cause);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw unreadable(path, errno, cause);
  }
}

function unreadable(path: string, why: string, cause?: unknown): FailedPreconditionError {
  return new FailedPreconditionError(`cannot read ${path}: ${why}`, { cause, facts: { path } });
}
