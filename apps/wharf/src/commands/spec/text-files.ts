import { readFile } from 'node:fs/promises';
import { FailedPreconditionError, InvalidArgumentError, type CallOptions } from '@wharf/core';

type Environment = Readonly<Record<string, string | undefined>>;

/** The whole of a file in UTF-8. @throws what went wrong in docker's words: `open x: no such file …` */
export async function readText(path: string, { signal }: CallOptions): Promise<string> {
  const bytes = await readFile(path, { signal }).catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === 'ENOENT' ? 'no such file or directory' : (error.code ?? String(error));
    throw new FailedPreconditionError(`open ${path}: ${why}`, { cause: error });
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InvalidArgumentError(`invalid utf8 bytes in ${path}`, { cause });
  }
}

/** The `KEY=VALUE` lines of a file; empty lines and those that begin with # are left out. */
function* lines(path: string, text: string): Generator<string> {
  for (const line of text.split(/\r?\n/)) {
    const entry = line.trimStart();
    if (entry === '' || entry.startsWith('#')) continue;
    const [key = ''] = entry.split('=', 1);
    if (key === '')
      throw new InvalidArgumentError(`no variable name on line '${entry}' of ${path}`);
    if (/\s/.test(key)) throw new InvalidArgumentError(`variable '${key}' contains whitespaces`);
    yield entry;
  }
}

/** Labels of a file; a bare `KEY` has the empty value. */
export async function readLabelFile(path: string, options: CallOptions): Promise<string[]> {
  return [...lines(path, await readText(path, options))];
}

/** Variables of a file; a bare `KEY` takes its value from `env` and is left out where that has none. */
export async function readEnvFile(
  path: string,
  env: Environment,
  options: CallOptions,
): Promise<string[]> {
  const text = await readText(path, options);
  return passThrough([...lines(path, text)], env);
}

/** Gives each bare `KEY` its value in `env`; leaves out those without. */
export function passThrough(entries: readonly string[], env: Environment): string[] {
  return entries.flatMap((entry) => {
    if (entry.includes('=')) return [entry];
    const value = env[entry];
    return value === undefined ? [] : [`${entry}=${value}`];
  });
}

/** Variables for a container: those of files first, so that single ones win. */
export async function readEnvironment(
  { env, envFile }: { readonly env: readonly string[]; readonly envFile: readonly string[] },
  variables: Environment,
  options: CallOptions,
): Promise<string[]> {
  const files = await Promise.all(envFile.map((path) => readEnvFile(path, variables, options)));
  return [...files.flat(), ...passThrough(env, variables)];
}
