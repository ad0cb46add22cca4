import { readFile } from 'node:fs/promises';
import {
  FailedPreconditionError,
  InvalidArgumentError,
  type BuildSecret,
  type CallOptions,
} from '@wharf/core';
import { reasonOf } from '../shared/input-file.js';
import { Fields } from './fields.js';

/** Where the value of a secret is. */
export interface SecretPlace {
  readonly id: string;
  /** A path; absent when it is a variable. */
  readonly file?: string;
  readonly variable?: string;
}

/** As BuildKit has it. */
const maxSecretBytes = 500 * 1024;

/** Reads `id=NAME[,src=FILE|,env=VARIABLE][,type=file|env]`. @throws InvalidArgumentError */
export function parseSecret(text: string): SecretPlace {
  const fields = new Fields('--secret', text);
  if (fields.words.length > 0) throw fields.refuse('fields are written KEY=VALUE');
  const type = fields.findOneOf('type', ['file', 'env']);
  const id = fields.take('id') ?? '';
  const source = fields.take('src', 'source');
  const variable = fields.take('env') ?? (type === 'env' ? (source ?? id) : undefined);
  fields.finish();
  if (id === '') throw fields.refuse('id is missing');
  if (variable !== undefined && source !== undefined && type !== 'env') {
    throw fields.refuse('it has both src and env');
  }
  if (variable !== undefined && type !== 'file') return { id, variable };
  if (variable !== undefined) throw fields.refuse('a file is named by src');
  // As docker: without a place it is the variable of that name, else the file.
  return source === undefined ? { id, variable: id, file: id } : { id, file: source };
}

/** The values. @throws failed-precondition for a file or a variable that is not there */
export async function readSecrets(
  places: readonly SecretPlace[],
  env: Readonly<Record<string, string | undefined>>,
  options: CallOptions,
): Promise<readonly BuildSecret[]> {
  const ids = new Set<string>();
  for (const { id } of places) {
    if (ids.has(id)) throw new InvalidArgumentError(`the secret ${id} is given twice`);
    ids.add(id);
  }
  return Promise.all(places.map((place) => readSecret(place, env, options)));
}

async function readSecret(
  { id, file, variable }: SecretPlace,
  env: Readonly<Record<string, string | undefined>>,
  { signal }: CallOptions,
): Promise<BuildSecret> {
  const set = variable === undefined ? undefined : env[variable];
  if (set !== undefined) return { id, value: Buffer.from(set) };
  if (file === undefined) {
    throw new FailedPreconditionError(
      `the variable ${variable} of the secret ${id} is not set: export it or use src=FILE`,
    );
  }
  const value = await readFile(file, { signal }).catch((cause: NodeJS.ErrnoException) => {
    throw new FailedPreconditionError(`secret ${id}: open ${file}: ${reasonOf(cause)}`, { cause });
  });
  if (value.length > maxSecretBytes) {
    throw new InvalidArgumentError(
      `the secret ${id} has ${value.length} bytes, at most ${maxSecretBytes} are allowed`,
    );
  }
  return { id, value };
}
