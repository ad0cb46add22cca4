import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { InvalidArgumentError, type MountSpec } from '@wharf/core';

const propagations = ['shared', 'rshared', 'slave', 'rslave', 'private', 'rprivate'];
/** Options that mean nothing here: SELinux labels and what other systems do with caches. */
const ignored = ['z', 'Z', 'consistent', 'cached', 'delegated', 'default', 'nocopy'];

/** A mount in which everything but source and target has its default. */
export function plainMount(kind: MountSpec['kind'], source: string, target: string): MountSpec {
  return {
    kind,
    source,
    target,
    readOnly: false,
    createSource: false,
    nonRecursive: false,
    tmpfsSize: 0n,
    tmpfsMode: 0,
    tmpfsOptions: [],
  };
}

/**
 * Reads `-v SOURCE:TARGET[:OPTIONS]`. A path as source is a bind, made when it is missing; a name is
 * a volume; a target alone is a volume without name.
 * @throws InvalidArgumentError
 */
export function parseVolume(text: string): MountSpec {
  const parts = text.split(':');
  if (parts.length > 3 || parts.some((part) => part === '')) {
    throw new InvalidArgumentError(`invalid volume specification: '${text}'`);
  }
  const [first = '', second, options] = parts;
  const target = second ?? first;
  checkTarget(text, target);
  if (second === undefined) return plainMount('volume', '', target);
  const path = hostPath(first);
  const mount =
    path === undefined
      ? plainMount('volume', first, target)
      : { ...plainMount('bind', path, target), createSource: true };
  return options === undefined ? mount : withOptions(mount, text, options);
}

function checkTarget(text: string, target: string): void {
  if (!target.startsWith('/')) {
    throw new InvalidArgumentError(
      `invalid volume specification: '${text}': invalid mount path: '${target}' mount path must be absolute`,
    );
  }
  if (/^\/+$/.test(target)) {
    throw new InvalidArgumentError(
      `invalid volume specification: '${text}': destination can't be '/'`,
    );
  }
}

/** The absolute path that a source names; undefined for a volume's name. */
function hostPath(source: string): string | undefined {
  if (source === '~' || source.startsWith('~/')) return resolve(homedir(), `.${source.slice(1)}`);
  if (source.startsWith('/')) return source;
  return source.startsWith('.') ? resolve(source) : undefined;
}

function withOptions(mount: MountSpec, text: string, options: string): MountSpec {
  let [readOnly, propagation] = [mount.readOnly, mount.propagation];
  for (const option of options.split(',')) {
    if (option === 'ro' || option === 'readonly') readOnly = true;
    else if (option === 'rw') readOnly = false;
    else if (mount.kind === 'bind' && propagations.includes(option)) propagation = option;
    else if (!ignored.includes(option)) {
      throw new InvalidArgumentError(
        `invalid volume specification: '${text}': invalid mode: ${option}`,
      );
    }
  }
  return { ...mount, readOnly, ...(propagation === undefined ? {} : { propagation }) };
}
