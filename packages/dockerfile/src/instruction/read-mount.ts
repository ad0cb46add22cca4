import { parseMemorySize } from '@wharf/oci';
import { DockerfileError } from '../error.js';
import type { Word } from '../source/text.js';
import { suggest } from '../suggest.js';
import type { MountField, MountFlag } from './mount-flag.js';
import type { Mount } from './mount.js';

const types = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'] as const;
const sharings = ['shared', 'private', 'locked'] as const;

/** Other spellings of the keys. */
const aliases: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  rw: 'readwrite',
};

/** Which keys a type of mount understands. */
const keysOf: Readonly<Record<Mount['type'], readonly string[]>> = {
  bind: ['from', 'source', 'target', 'readonly', 'readwrite'],
  cache: 'id from source target readonly readwrite sharing uid gid mode'.split(' '),
  tmpfs: ['target', 'size', 'readonly', 'readwrite'],
  secret: ['id', 'source', 'target', 'required', 'uid', 'gid', 'mode', 'env'],
  ssh: ['id', 'target', 'required', 'uid', 'gid', 'mode'],
};
const allKeys = ['type', ...new Set(Object.values(keysOf).flat()), ...Object.keys(aliases)];

/**
 * Makes the mount of a flag.
 * @param expand puts variables into a value
 * @throws DockerfileError naming the field
 */
export function readMount(flag: MountFlag, expand: (word: Word) => string): Mount {
  return new MountReader(flag, expand).read();
}

class MountReader {
  readonly #flag: MountFlag;
  readonly #values = new Map<string, { text: string | undefined; field: MountField }>();

  constructor(flag: MountFlag, expand: (word: Word) => string) {
    this.#flag = flag;
    for (const field of flag.fields) {
      const key = Object.hasOwn(aliases, field.key) ? (aliases[field.key] ?? '') : field.key;
      if (!allKeys.includes(key)) throw this.#unknown(field);
      this.#values.set(key, { text: field.value && expand(field.value), field });
    }
  }

  read(): Mount {
    const type = this.#oneOf('type', types) ?? 'bind';
    for (const [key, { field }] of this.#values) {
      if (key !== 'type' && !keysOf[type].includes(key)) {
        throw this.#fail(`a ${type} mount has no ${field.key}`, field);
      }
    }
    return Object.freeze(this.#mount(type));
  }

  #mount(type: Mount['type']): Mount {
    const target = this.#text('target') ?? '';
    switch (type) {
      case 'bind':
        return { type, target, ...this.#origin(), readOnly: this.#readOnly(true) };
      case 'cache':
        return {
          type,
          target: this.#required(target),
          id: this.#text('id') || target,
          sharing: this.#oneOf('sharing', sharings) ?? 'shared',
          ...this.#origin(),
          readOnly: this.#readOnly(false),
          ...this.#owner(),
        };
      case 'tmpfs':
        return {
          type,
          target: this.#required(target),
          ...this.#size(),
          readOnly: this.#readOnly(false),
        };
      case 'secret':
        return this.#secret(target);
      case 'ssh':
        return {
          type,
          target,
          id: this.#text('id') || 'default',
          required: this.#boolean('required') ?? false,
          ...this.#owner(),
        };
    }
  }

  #secret(target: string): Mount {
    const [id, source, env] = [this.#text('id'), this.#text('source'), this.#text('env')];
    if (id && source) throw this.#fail('a secret mount has either an id or a source, not both');
    const name = id || source || target.slice(target.lastIndexOf('/') + 1);
    if (name === '') throw this.#fail('a secret mount needs an id: --mount=type=secret,id=NAME');
    const asFile = target === '' && env === undefined;
    return {
      type: 'secret',
      id: name,
      target: asFile ? `/run/secrets/${name.slice(name.lastIndexOf('/') + 1)}` : target,
      required: this.#boolean('required') ?? false,
      ...(env === undefined ? {} : { env: env || name }),
      ...this.#owner(),
    };
  }

  #origin(): { from?: string; source: string } {
    const from = this.#text('from');
    return { ...(from ? { from } : {}), source: this.#text('source') ?? '' };
  }

  #owner(): { uid?: number; gid?: number; mode?: number } {
    const [uid, gid] = [this.#number('uid', 10), this.#number('gid', 10)];
    const mode = this.#number('mode', 8);
    return {
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
      ...(mode === undefined ? {} : { mode }),
    };
  }

  #size(): { size?: number } {
    const value = this.#values.get('size');
    if (value === undefined) return {};
    try {
      return { size: parseMemorySize(value.text ?? '') };
    } catch (cause) {
      throw this.#fail(
        `${JSON.stringify(value.text ?? '')} is no size: write 64m`,
        value.field,
        cause,
      );
    }
  }

  #readOnly(otherwise: boolean): boolean {
    for (const key of [...this.#values.keys()].reverse()) {
      if (key === 'readonly') return this.#boolean(key) ?? true;
      if (key === 'readwrite') return !(this.#boolean(key) ?? true);
    }
    return otherwise;
  }

  #required(target: string): string {
    if (target === '') throw this.#fail('the mount needs a target: target=/path');
    return target;
  }

  /** The value of a key that needs one. */
  #text(key: string): string | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    if (value.text !== undefined) return value.text;
    if (key === 'env') return '';
    throw this.#fail(`${key} needs a value: ${key}=VALUE`, value.field);
  }

  #oneOf<T extends string>(key: string, options: readonly T[]): T | undefined {
    const text = this.#text(key);
    if (text === undefined) return undefined;
    const found = options.find((option) => option === text.toLowerCase());
    if (found !== undefined) return found;
    throw new DockerfileError(
      `${key} cannot be ${JSON.stringify(text)}: choose one of ${options.join(', ')}`,
      { ...this.#place(this.#values.get(key)?.field), suggestion: suggest(text, options) },
    );
  }

  /** A key alone is true; values as Go's ParseBool has them. */
  #boolean(key: string): boolean | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    const text = (value.text ?? 'true').toLowerCase();
    if (['1', 't', 'true'].includes(text)) return true;
    if (['0', 'f', 'false'].includes(text)) return false;
    throw this.#fail(`${key} is true or false, not ${JSON.stringify(text)}`, value.field);
  }

  #number(key: string, base: 8 | 10): number | undefined {
    const text = this.#text(key);
    if (text === undefined) return undefined;
    const digits = base === 8 ? '01234567' : '0123456789';
    const number = Number.parseInt(text, base);
    const valid = text !== '' && text.length <= 12 && [...text].every((c) => digits.includes(c));
    if (valid && number < 2 ** 32) return number;
    const field = this.#values.get(key)?.field;
    throw this.#fail(`${key} must be ${base === 8 ? 'an octal' : 'a'} number, not ${text}`, field);
  }

  #unknown(field: MountField): DockerfileError {
    return new DockerfileError(`a mount has no key ${JSON.stringify(field.key)}`, {
      ...this.#place(field),
      suggestion: suggest(field.key, allKeys),
    });
  }

  #fail(text: string, field?: MountField, cause?: unknown): DockerfileError {
    return new DockerfileError(text, { ...this.#place(field), cause });
  }

  #place(field?: MountField): Pick<MountFlag, 'source' | 'range'> {
    return { source: this.#flag.source, range: field?.range ?? this.#flag.range };
  }
}
