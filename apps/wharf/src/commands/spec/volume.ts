import { homedir } from 'node:os';
import { posix, resolve } from 'node:path';
import { InvalidArgumentError, type MountSpec } from '@wharf/core';
import { plainMount, plainVolume, propagations, relativeInside } from './plain-mount.js';

/** Options of which one can be chosen, by what they decide. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  access: ['ro', 'rw', 'readonly'],
  label: ['z', 'Z'],
  propagation: propagations,
  copy: ['nocopy'],
  consistency: ['consistent', 'cached', 'delegated', 'default'],
  owner: ['U'],
};

/**
 * Reads `-v SOURCE:TARGET[:OPTIONS]`. A path as source is a bind, made when it is missing; a name is
 * a volume; a target alone is a volume without name. Besides docker's options there are `U` (the container's user
 * becomes the owner) and `exclude=PATH`.
 * @throws InvalidArgumentError
 */
export function parseVolume(text: string): MountSpec {
  const parts = partsOf(text);
  const [first = '', second, options] = parts;
  const target = targetOf(text, second ?? first);
  if (second === undefined) return plainMount('volume', '', target);
  const path = hostPath(first);
  const mount =
    path === undefined
      ? plainMount('volume', first, target)
      : { ...plainMount('bind', path, target), createSource: true };
  return options === undefined ? mount : withOptions(mount, text, options);
}

/** Whether SELinux labels were asked for, which are not set here. */
export function wantsLabel(text: string): boolean {
  const words = (text.split(':')[2] ?? '').split(',');
  return words.includes('z') || words.includes('Z');
}

function partsOf(text: string): string[] {
  if (text === '') throw new InvalidArgumentError('invalid empty volume spec');
  const parts = text.split(':');
  if (parts.length > 3) {
    throw new InvalidArgumentError(`invalid volume specification: '${text}'`);
  }
  if (parts.includes('')) {
    throw new InvalidArgumentError(
      `invalid volume specification: '${text}': empty section between colons`,
    );
  }
  return parts;
}

function targetOf(text: string, target: string): string {
  if (!target.startsWith('/')) {
    throw new InvalidArgumentError(
      `invalid volume specification: '${text}': invalid mount path: '${target}' mount path must be absolute`,
    );
  }
  const clean = posix.resolve(target);
  if (clean !== '/') return clean;
  throw new InvalidArgumentError(
    `invalid volume specification: '${text}': destination can't be '/'`,
  );
}

/** The absolute path that a source names; undefined for a volume's name. */
function hostPath(source: string): string | undefined {
  if (source === '~' || source.startsWith('~/')) return resolve(homedir(), `.${source.slice(1)}`);
  if (source.startsWith('/')) return source;
  return source.startsWith('.') ? resolve(source) : undefined;
}

function withOptions(mount: MountSpec, text: string, options: string): MountSpec {
  const refuse = (why: string): InvalidArgumentError =>
    new InvalidArgumentError(`invalid volume specification: '${text}': ${why}`);
  const words = options.split(',');
  const exclude = words.filter((word) => word.startsWith('exclude='));
  const chosen = new Map<string, string>();
  for (const word of words.filter((one) => !exclude.includes(one))) {
    const kind = Object.keys(kinds).find((name) => kinds[name]?.includes(word));
    if (kind === undefined || chosen.has(kind)) throw refuse(`invalid mode: ${options}`);
    chosen.set(kind, word);
  }
  const propagation = chosen.get('propagation');
  if (mount.kind === 'bind' && chosen.has('copy')) {
    throw refuse('nocopy is for volumes: a bind is never filled');
  }
  if (mount.kind === 'volume' && propagation !== undefined) {
    throw refuse(`${propagation} is for binds: a volume has no mounts of its own`);
  }
  return {
    ...mount,
    readOnly: ['ro', 'readonly'].includes(chosen.get('access') ?? ''),
    ...(propagation === undefined ? {} : { propagation }),
    ...(chosen.has('copy') ? { volume: { ...plainVolume, noCopy: true } } : {}),
    ...(chosen.has('owner') ? { owner: { chown: true } } : {}),
    ...(exclude.length === 0
      ? {}
      : { exclude: exclude.map((word) => relativeInside(word.slice('exclude='.length))) }),
  };
}
