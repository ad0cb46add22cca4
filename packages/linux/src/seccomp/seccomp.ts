import { createHash } from 'node:crypto';
import type { CallOptions } from '@wharf/core';
import type { SeccompPort } from '@wharf/engine/ports';
import type { Native } from '@wharf/linux/native';
import type { RuntimeSeccomp } from '@wharf/oci';
import { compileProfile } from './compile.js';
import { defaultProfile } from './default-profile.js';
import { FilterCache } from './filter-cache.js';
import { parseProfile } from './parse.js';
import { resolveProfile } from './resolve.js';

/** Rises when the same profile would compile to another program. */
const compilerVersion = 1;
const maxKept = 64;

export interface SeccompOptions {
  readonly native: Native;
  /** Where compiled filters are kept between starts of the daemon; made if missing. */
  readonly cacheDirectory: string;
  /** As uname(2) has it. */
  readonly kernelVersion: string;
  /** Node's name; the machine's own unless given. */
  readonly architecture?: string;
}

/** Seccomp profiles for containers: compiled once per profile and set of capabilities, then taken from memory or disk. */
export function createSeccomp(options: SeccompOptions): SeccompPort {
  return new Seccomp(options);
}

const goNames: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

class Seccomp implements SeccompPort {
  readonly #native: Native;
  readonly #cache: FilterCache;
  readonly #kernelVersion: string;
  readonly #architecture: string;
  /** The last used ones, oldest first; a promise, so that one filter is compiled once. */
  readonly #filters = new Map<string, Promise<string>>();

  constructor({ native, cacheDirectory, kernelVersion, architecture }: SeccompOptions) {
    const machine = architecture ?? process.arch;
    this.#native = native;
    this.#cache = new FilterCache(cacheDirectory);
    this.#kernelVersion = kernelVersion;
    this.#architecture = goNames[machine] ?? machine;
  }

  async compiled(
    profile: string,
    capabilities: readonly string[],
    { signal }: CallOptions,
  ): Promise<string> {
    signal.throwIfAborted();
    const short = hash([profile, [...capabilities].sort()]);
    const known = this.#filters.get(short);
    if (known !== undefined) {
      this.#filters.delete(short);
      this.#filters.set(short, known);
      return known;
    }
    const filter = this.#load(this.specification(profile, capabilities));
    this.#filters.set(short, filter);
    filter.catch(() => this.#filters.delete(short));
    const [oldest] = this.#filters.keys();
    if (this.#filters.size > maxKept && oldest !== undefined) this.#filters.delete(oldest);
    return filter;
  }

  specification(profile: string, capabilities: readonly string[]): RuntimeSeccomp {
    return resolveProfile(profile === '' ? defaultProfile() : parseProfile(profile), {
      capabilities,
      architecture: this.#architecture,
      kernelVersion: this.#kernelVersion,
    });
  }

  async #load(resolved: RuntimeSeccomp): Promise<string> {
    const inputs = [compilerVersion, this.#architecture, this.#kernelVersion, resolved];
    const key = hash(inputs);
    const kept = await this.#cache.read(key);
    if (kept !== undefined) return Buffer.from(kept).toString('base64');
    const program = await compileProfile(this.#native, resolved, this.#architecture);
    await this.#cache.write(key, program);
    return Buffer.from(program).toString('base64');
  }
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
