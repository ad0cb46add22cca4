import { Fields } from './fields.js';

/** A --cache-from or --cache-to; directories are named by their path. */
export type CacheFlag =
  | {
      readonly kind: 'registry';
      readonly reference: string;
      readonly mode: 'min' | 'max';
      readonly ignoreError: boolean;
    }
  | { readonly kind: 'inline' }
  | {
      readonly kind: 'local';
      readonly path: string;
      readonly mode: 'min' | 'max';
      readonly ignoreError: boolean;
    };

const types = ['registry', 'inline', 'local'] as const;

/** Reads `type=registry,ref=NAME`, `type=local,src=DIR` or a bare NAME. @throws InvalidArgumentError */
export function parseCacheFrom(text: string): CacheFlag {
  return parse('--cache-from', text, ['src', 'dest']);
}

/** Reads `type=registry,ref=NAME,mode=max`, `type=local,dest=DIR`, `type=inline` or a bare NAME. @throws InvalidArgumentError */
export function parseCacheTo(text: string): CacheFlag {
  return parse('--cache-to', text, ['dest', 'src']);
}

function parse(flag: string, text: string, paths: readonly string[]): CacheFlag {
  const fields = new Fields(flag, text);
  const [word, ...more] = fields.words;
  if (word === 'inline' && more.length === 0) return done(fields, { kind: 'inline' });
  if (word !== undefined && (more.length > 0 || word === '')) {
    throw fields.refuse('fields are written KEY=VALUE');
  }
  if (word !== undefined)
    return done(fields, { kind: 'registry', reference: word, mode: 'min', ignoreError: false });
  const type = fields.take('type') ?? 'registry';
  const known = types.find((one) => one === type);
  if (known === undefined) throw fields.refuse(`type must be one of ${types.join(', ')}`);
  return done(fields, ofType(known, fields, paths));
}

function ofType(type: (typeof types)[number], fields: Fields, paths: readonly string[]): CacheFlag {
  const ignoreError = fields.takeBool('ignore-error', false);
  if (type === 'inline') return { kind: 'inline' };
  const mode = fields.takeOneOf('mode', ['min', 'max'], 'min');
  if (type === 'registry') {
    const reference = fields.take('ref') ?? '';
    if (reference === '') throw fields.refuse('ref is missing: the name at the registry');
    return { kind: 'registry', reference, mode, ignoreError };
  }
  const path = fields.take(...paths) ?? '';
  if (path === '') throw fields.refuse(`${paths[0]} is missing: the directory of the cache`);
  return { kind: 'local', path, mode, ignoreError };
}

function done(fields: Fields, cache: CacheFlag): CacheFlag {
  fields.finish();
  return cache;
}
