import { InvalidArgumentError, ResourceExhaustedError } from '@wharf/core';
import { hasNul } from './chars.js';
import type { JsonObject, JsonValue } from './json-value.js';

/**
 * Typed reading of an object of an untrusted document. `null` counts as absent, as Go's encoding/json has it
 * and as real images are written. Every failure names the field: `invalid image config: rootfs.type …`.
 */
export class Fields {
  readonly object: JsonObject;
  readonly #where: string;
  readonly #document: string;

  constructor(document: string, value: JsonValue, where = '') {
    this.#document = document;
    this.#where = where;
    if (!(value instanceof Map)) throw this.fail('', 'must be an object');
    this.object = value as JsonObject;
  }

  has(key: string): boolean {
    return (this.object.get(key) ?? null) !== null;
  }

  string(key: string, maxLength: number): string | undefined {
    return this.#read(key, (value) => this.#text(key, value, maxLength));
  }

  requiredString(key: string, maxLength: number): string {
    return this.#required(key, this.string(key, maxLength));
  }

  boolean(key: string): boolean | undefined {
    return this.#read(key, (value) => {
      if (typeof value !== 'boolean') throw this.fail(key, 'must be true or false');
      return value;
    });
  }

  /** A non-negative integer of at most 2^53-1; `1.0` and `1e3` are refused. */
  count(key: string): number | undefined {
    return this.#read(key, (value) => {
      if (typeof value === 'number' && value >= 0) return value;
      throw this.fail(key, 'must be a non-negative integer');
    });
  }

  requiredCount(key: string): number {
    return this.#required(key, this.count(key));
  }

  strings(key: string, maxCount: number, maxLength: number): readonly string[] | undefined {
    return this.#read(key, (value) =>
      Object.freeze(
        this.#list(key, value, maxCount).map((item, i) =>
          this.#text(`${key}[${i}]`, item, maxLength),
        ),
      ),
    );
  }

  /** A string-to-string map as a frozen object without prototype. */
  stringMap(
    key: string,
    maxCount: number,
    maxLength: number,
  ): Readonly<Record<string, string>> | undefined {
    return this.#read(key, (value) => {
      const entries = this.child(key, value).entries(maxCount, maxLength);
      const map = Object.create(null) as Record<string, string>;
      for (const [name, text] of entries) map[name] = this.#text(`${key}[…]`, text, maxLength);
      return Object.freeze(map);
    });
  }

  /** The keys of a set written as `{"key": {}}`. */
  keys(key: string, maxCount: number, maxLength: number): readonly string[] | undefined {
    return this.#read(key, (value) =>
      this.child(key, value)
        .entries(maxCount, maxLength)
        .map(([name]) => name),
    );
  }

  list<T>(key: string, maxCount: number, read: (item: Fields) => T): readonly T[] | undefined {
    return this.#read(key, (value) =>
      Object.freeze(
        this.#list(key, value, maxCount).map((item, i) => read(this.child(`${key}[${i}]`, item))),
      ),
    );
  }

  requiredList<T>(key: string, maxCount: number, read: (item: Fields) => T): readonly T[] {
    return this.#required(key, this.list(key, maxCount, read));
  }

  nested<T>(key: string, read: (child: Fields) => T): T | undefined {
    return this.#read(key, (value) => read(this.child(key, value)));
  }

  requiredNested<T>(key: string, read: (child: Fields) => T): T {
    return this.#required(key, this.nested(key, read));
  }

  /** Runs a parser of text and puts the field's name before its complaint. */
  parsed<T>(key: string, text: string, parse: (text: string) => T): T {
    try {
      return parse(text);
    } catch (cause) {
      throw this.fail(key, cause instanceof Error ? cause.message : 'is malformed', cause);
    }
  }

  child(key: string, value: JsonValue): Fields {
    return new Fields(this.#document, value, this.#path(key));
  }

  entries(maxCount: number, maxKeyLength: number): readonly (readonly [string, JsonValue])[] {
    if (this.object.size > maxCount) throw this.#tooMany('', this.object.size, maxCount);
    for (const name of this.object.keys()) this.#text('a key of it', name, maxKeyLength);
    return [...this.object];
  }

  fail(key: string, problem: string, cause?: unknown): InvalidArgumentError {
    const path = this.#path(key) || 'the document';
    return new InvalidArgumentError(`invalid ${this.#document}: ${path}: ${problem}`, {
      ...(cause === undefined ? {} : { cause }),
    });
  }

  #text(key: string, value: JsonValue, maxLength: number): string {
    if (typeof value !== 'string') throw this.fail(key, 'must be a string');
    if (value.length > maxLength) throw this.fail(key, `longer than ${maxLength} characters`);
    if (hasNul(value)) throw this.fail(key, 'contains a NUL character');
    return value;
  }

  #list(key: string, value: JsonValue, maxCount: number): readonly JsonValue[] {
    if (!isList(value)) throw this.fail(key, 'must be a list');
    if (value.length > maxCount) throw this.#tooMany(key, value.length, maxCount);
    return value;
  }

  #read<T>(key: string, read: (value: JsonValue) => T): T | undefined {
    const value = this.object.get(key) ?? null;
    return value === null ? undefined : read(value);
  }

  #required<T>(key: string, value: T | undefined): T {
    if (value === undefined) throw this.fail(key, 'is missing');
    return value;
  }

  #tooMany(key: string, count: number, limit: number): ResourceExhaustedError {
    return new ResourceExhaustedError(
      `invalid ${this.#document}: ${this.#path(key)} has ${count} entries, the limit is ${limit}`,
    );
  }

  #path(key: string): string {
    if (this.#where === '' || key === '') return this.#where + key;
    return `${this.#where}.${key}`;
  }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
