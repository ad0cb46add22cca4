import { join } from 'node:path';
import { InvalidArgumentError, printable, type Degradation, type RuntimeInfo } from '@wharf/core';
import type { HostFacts, RuntimePort } from '@wharf/engine/ports';
import type { RuntimeEntry } from '../shim-driver/options.js';
import { featuresOf, type RuntimeAbilities } from './abilities.js';
import { findExecutable } from './find.js';
import { probeRuntime, type Probe } from './probe.js';

/** In the order in which the default is chosen. */
const usual = ['crun', 'runc'];

export interface RuntimesOptions {
  readonly facts: HostFacts;
  /** Below it each runtime keeps its state: `<exec-root>/runtimes`. */
  readonly stateRoot: string;
  /** --add-runtime name=path; a usual name replaces the one that would be found. */
  readonly configured: Readonly<Record<string, string>>;
  /** --default-runtime; '' leaves the choice. */
  readonly defaultName: string;
  readonly signal: AbortSignal;
}

/** The runtimes of this host, and how shims call them. */
export interface Runtimes extends RuntimePort {
  entry(name: string): RuntimeEntry;
  /** Mounts that must not be there in a mount namespace in which the runtimes work. */
  readonly unmount: readonly string[];
  readonly degraded: readonly Degradation[];
}

interface Found extends RuntimeAbilities {
  readonly name: string;
  readonly path: string;
  readonly probe: Probe;
}

/**
 * Finds and probes the runtimes, all at once and within seconds. What is broken stays in the list with its problem.
 * @throws invalid-argument when the default that was asked for is unknown
 */
export async function findRuntimes(options: RuntimesOptions): Promise<Runtimes> {
  const { configured, facts, signal } = options;
  const names = [...new Set([...usual, ...Object.keys(configured)])];
  const found = await Promise.all(
    names.map(async (name): Promise<Found | undefined> => {
      const path = configured[name] ?? (await findExecutable(name));
      if (path === undefined) return undefined;
      const probe = await probeRuntime(path, signal);
      return { name, path, probe, ...featuresOf(probe, facts) };
    }),
  );
  return new KnownRuntimes(
    found.filter((each) => each !== undefined),
    options,
  );
}

class KnownRuntimes implements Runtimes {
  readonly runtimes: readonly RuntimeInfo[];
  readonly unmount: readonly string[];
  readonly degraded: readonly Degradation[];
  readonly #found: ReadonlyMap<string, Found>;
  readonly #default: string;
  readonly #stateRoot: string;

  constructor(found: readonly Found[], { facts, stateRoot, defaultName }: RuntimesOptions) {
    this.#found = new Map(found.map((each) => [each.name, each]));
    this.#stateRoot = stateRoot;
    this.#default = chooseDefault(found, defaultName);
    this.runtimes = found
      .toSorted((a, b) => Number(b.name === this.#default) - Number(a.name === this.#default))
      .map(({ name, path, probe }) => ({
        name,
        path,
        version: probe.version,
        isDefault: name === this.#default,
        problem: probe.problem,
      }));
    this.unmount = facts.cgroupVersion === 1 ? ['/sys/fs/cgroup/unified'] : [];
    this.degraded = degradations(found, this.#found.get(this.#default));
  }

  resolve(name: string): RuntimeInfo {
    const { name: known } = this.#get(name);
    const info = this.runtimes.find((each) => each.name === known);
    if (info === undefined) throw unknownRuntime(name);
    if (info.problem === '') return info;
    throw new InvalidArgumentError(`the runtime ${known} cannot be used: ${info.problem}`);
  }

  takesCompiledSeccomp(name: string): boolean {
    return this.#get(name).compiledSeccomp;
  }

  supports(name: string, feature: 'rro' | 'time'): boolean {
    const { recursiveReadOnly, timeNamespace } = this.#get(name);
    return feature === 'rro' ? recursiveReadOnly : timeNamespace;
  }

  entry(name: string): RuntimeEntry {
    const { name: known, path, probe } = this.#get(name);
    return { path, kind: probe.kind, globalArgs: ['--root', join(this.#stateRoot, known)] };
  }

  #get(name: string): Found {
    const found = this.#found.get(name === '' ? this.#default : name);
    if (found === undefined) throw unknownRuntime(name);
    return found;
  }
}

function unknownRuntime(name: string): InvalidArgumentError {
  return new InvalidArgumentError(
    name === ''
      ? 'no runtime works on this host: install crun or runc'
      : `unknown or invalid runtime name: ${printable(name)}`,
  );
}

function chooseDefault(found: readonly Found[], asked: string): string {
  if (asked !== '') {
    if (found.some(({ name }) => name === asked)) return asked;
    throw new InvalidArgumentError(
      `the default runtime ${printable(asked)} is unknown: name its path with --add-runtime`,
    );
  }
  const works = ({ probe }: Found): boolean => probe.problem === '';
  return usual.find((name) => found.some((each) => each.name === name && works(each))) ?? '';
}

function degradations(
  found: readonly Found[],
  byDefault: Found | undefined,
): readonly Degradation[] {
  const broken = found
    .filter(({ probe }) => probe.problem !== '')
    .map(({ name, probe }) => ({ what: `runtime ${name}`, why: probe.problem }));
  if (byDefault === undefined) {
    return [
      ...broken,
      { what: 'no runtime', why: 'containers cannot be started: install crun or runc' },
    ];
  }
  const { name, compiledSeccomp, recursiveReadOnly } = byDefault;
  return [
    ...broken,
    ...(compiledSeccomp
      ? []
      : [
          {
            what: 'slow starts',
            why: `${name} compiles the seccomp profile at every start: install crun`,
          },
        ]),
    ...(recursiveReadOnly
      ? []
      : [
          {
            what: 'read-only binds',
            why: `mounts below a read-only bind stay writable: ${name} or the kernel is too old`,
          },
        ]),
  ];
}
