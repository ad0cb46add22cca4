import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from './ask.js';

export type RuntimeKind = 'crun' | 'runc' | 'other';

/** What a runtime said of itself. */
export interface Probe {
  readonly kind: RuntimeKind;
  /** '' when it did not say. */
  readonly version: string;
  /** Build flags of crun, like +SECCOMP. */
  readonly flags: readonly string[];
  /** What `features` (runtime specification 1.1) printed, if it knows that. */
  readonly features?: Features;
  /** Why it cannot be used; '' when it can. */
  readonly problem: string;
}

export interface Features {
  readonly mountOptions: readonly string[];
  readonly namespaces: readonly string[];
}

/** Asks an executable which runtime it is. One that hangs is killed after three seconds, one that floods is cut off. */
export async function probeRuntime(path: string, signal: AbortSignal): Promise<Probe> {
  const broken = (problem: string): Probe => ({ kind: 'other', version: '', flags: [], problem });
  try {
    await access(path, constants.X_OK);
  } catch {
    return broken('it is missing or not executable');
  }
  await using directory = await emptyDirectory();
  const version = await ask(path, ['--version'], directory.path, signal);
  if (version.problem !== '') return broken(version.problem);
  const said = parseVersion(version.stdout);
  const features = await ask(path, ['features'], directory.path, signal);
  const parsed = features.problem === '' ? parseFeatures(features.stdout) : undefined;
  return { ...said, ...(parsed === undefined ? {} : { features: parsed }), problem: '' };
}

/** `crun version 1.8.1` or `runc version 1.1.5+ds1`, and crun's line of flags. */
export function parseVersion(output: string): Pick<Probe, 'kind' | 'version' | 'flags'> {
  const [, name, version] = /^(\S{1,64}) version (\S{1,64})$/m.exec(output.slice(0, 4096)) ?? [];
  const kind = name === 'crun' || name === 'runc' ? name : 'other';
  const flagLine = output.split('\n').find((line) => line.startsWith('+')) ?? '';
  return { kind, version: version ?? '', flags: flagLine.split(' ').filter((flag) => flag !== '') };
}

/** features.json of the runtime specification; undefined for anything else. */
export function parseFeatures(output: string): Features | undefined {
  try {
    const document = JSON.parse(output) as {
      mountOptions?: unknown;
      linux?: { namespaces?: unknown };
    };
    return {
      mountOptions: strings(document.mountOptions),
      namespaces: strings(document.linux?.namespaces),
    };
  } catch {
    return undefined;
  }
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

async function emptyDirectory(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'wharf-probe-'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
