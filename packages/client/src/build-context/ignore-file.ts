import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { readFile, realpath, stat } from 'node:fs/promises';
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
export async function readRules(
  directory: string,
  dockerfile: string | undefined,
): Promise<ContextRules> {
  const dockerfilePath = dockerfile && (await pathInside(directory, dockerfile));
  const candidates = ignoreFiles(dockerfile ?? '').flatMap(({ file, from }) => {
    if (from === 'context') return [join(directory, file)];
    return dockerfile === undefined ? [] : [file];
  });
  const names = dockerfilePath === undefined ? [] : [dockerfilePath];
  const keep = [...names, ...ignoreFiles(dockerfilePath ?? '').map(({ file }) => file)];
  for (const path of candidates) {
    const text = await readIgnore(path);
    if (text === undefined) continue;
    const rules = parseIgnore(text, basename(path));
    return { filter: new IgnoreFilter(rules, keep.map(diskPath)), dockerfilePath };
  }
  return { filter: new IgnoreFilter([], []), dockerfilePath };
}

async function pathInside(directory: string, path: string): Promise<string | undefined> {
  const parent = await realpath(dirname(path)).catch(() => dirname(path));
  const inside = relative(directory, join(parent, basename(path)));
  const parts = inside.split(sep);
  return parts[0] === '..' || isAbsolute(inside) ? undefined : parts.join('/');
}

async function readIgnore(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile()) throw unreadable(path, 'it is no file');
    if (found.size > maxBytes) throw unreadable(path, `it has more than ${maxBytes} bytes`);
    return await readFile(path, 'utf8');
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
