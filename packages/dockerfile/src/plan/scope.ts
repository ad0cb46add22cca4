import { parseEnv } from '@wharf/oci';

/** The variables of a stage: its arguments and the environment of its image, which wins. */
export class Scope {
  readonly #args: Map<string, string | undefined>;
  readonly #env: Map<string, string>;

  constructor(
    args: ReadonlyMap<string, string | undefined> = new Map(),
    env: readonly string[] = [],
  ) {
    this.#args = new Map(args);
    this.#env = new Map();
    this.setEnv(env);
  }

  readonly get = (name: string): string | undefined => this.#env.get(name) ?? this.#args.get(name);

  /** Declares an argument; without a value it keeps the one that it has. */
  declare(name: string, value: string | undefined): void {
    this.#args.set(name, value ?? this.#args.get(name));
  }

  isDeclared(name: string): boolean {
    return this.#args.has(name);
  }

  setEnv(env: readonly string[]): void {
    this.#env.clear();
    for (const entry of env) {
      const { key, value } = parseEnv(entry);
      this.#env.set(key, value);
    }
  }

  get args(): ReadonlyMap<string, string | undefined> {
    return this.#args;
  }

  get names(): readonly string[] {
    return [...this.#env.keys(), ...this.#args.keys()];
  }

  /** Arguments that have a value, as `NAME=value`, sorted; those that the environment hides have its value. */
  get values(): readonly string[] {
    const entries: string[] = [];
    for (const name of this.#args.keys()) {
      const value = this.get(name);
      if (value !== undefined) entries.push(`${name}=${value}`);
    }
    return entries.sort();
  }

  /** What a process is given: the environment, and the arguments that it does not hide. */
  get processEnv(): readonly string[] {
    const hidden = (entry: string): boolean => this.#env.has(parseEnv(entry).key);
    const env = [...this.#env].map(([name, value]) => `${name}=${value}`);
    return Object.freeze([...env, ...this.values.filter((entry) => !hidden(entry))]);
  }
}
