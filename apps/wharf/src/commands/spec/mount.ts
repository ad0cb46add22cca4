import { posix, resolve } from 'node:path';
import { InvalidArgumentError, type MountSpec } from '@wharf/core';
import { plainMount } from './plain-mount.js';
import { readFields, type MountField } from './mount-fields.js';
import { withField } from './mount-options.js';

const kinds = ['bind', 'tmpfs', 'volume', 'image'] as const;
type Kind = (typeof kinds)[number];

/**
 * Reads `--mount type=bind,source=/a,target=/b,readonly`, fields in any order. Besides docker's there are `exclude=`,
 * `uid=`, `gid=`, `mode=`, `chown` and `idmap=`.
 * @throws InvalidArgumentError in docker's words
 */
export function parseMount(text: string): MountSpec {
  const fields = readFields(text);
  const last = (key: string): string | undefined =>
    fields.findLast((field) => field.key === key)?.value;
  if ((last('target') ?? '') === '') throw new InvalidArgumentError('target is required');
  const kind = readKind(last('type') ?? 'volume');
  refuseOthers(kind, fields);
  const source = readSource(kind, last('source') ?? '');
  const target = readTarget(kind, last('target') ?? '');
  const mount = fields.reduce(withField, plainMount(kind, source, target));
  checkReadOnly(mount, last('bind-recursive'));
  return mount;
}

function readKind(text: string): Kind {
  const kind = kinds.find((known) => known === text.toLowerCase());
  if (kind !== undefined) return kind;
  throw new InvalidArgumentError(
    `invalid mount config for type ${JSON.stringify(text)}: mount type unknown, use ${kinds.join(', ')}`,
  );
}

/** Options of another kind of mount. */
function refuseOthers(kind: Kind, fields: readonly MountField[]): void {
  for (const other of ['volume', 'bind', 'tmpfs', 'image'] as const) {
    if (other !== kind && fields.some(({ key }) => key.startsWith(`${other}-`))) {
      throw new InvalidArgumentError(`cannot mix '${other}-*' options with mount type '${kind}'`);
    }
  }
  const shared: readonly (readonly [key: string, kinds: readonly Kind[]])[] = [
    ['exclude', ['bind', 'volume']],
    ['chown', ['bind', 'volume']],
    ['idmap', ['bind', 'volume']],
    ['uid', ['bind', 'volume', 'tmpfs']],
    ['gid', ['bind', 'volume', 'tmpfs']],
    ['mode', ['bind', 'volume', 'tmpfs']],
  ];
  const wrong = shared.find(
    ([name, of]) => !of.includes(kind) && fields.some(({ key }) => key === name),
  );
  if (wrong !== undefined) {
    throw new InvalidArgumentError(`cannot mix '${wrong[0]}' with mount type '${kind}'`);
  }
}

function readSource(kind: Kind, text: string): string {
  if (kind === 'tmpfs' && text !== '') throw invalid(kind, 'field Source must not be specified');
  if ((kind === 'bind' || kind === 'image') && text === '') {
    throw invalid(kind, 'field Source must not be empty');
  }
  if (kind !== 'bind') return text;
  const path = text.startsWith('.') ? resolve(text) : text;
  if (path.startsWith('/')) return path;
  throw invalid(kind, `invalid mount path: '${path}' mount path must be absolute`);
}

function readTarget(kind: Kind, text: string): string {
  if (!text.startsWith('/')) {
    throw invalid(kind, `invalid mount path: '${text}' mount path must be absolute`);
  }
  const clean = posix.resolve(text);
  if (clean !== '/') return clean;
  throw invalid(kind, `invalid specification: destination can't be '/'`);
}

function invalid(kind: Kind, why: string): InvalidArgumentError {
  return new InvalidArgumentError(`invalid mount config for type "${kind}": ${why}`);
}

/** How mounts below a bind become read-only is asked only of one that is. */
function checkReadOnly(mount: MountSpec, recursive: string | undefined): void {
  if (recursive !== 'writable' && recursive !== 'readonly') return;
  if (!mount.readOnly) {
    throw new InvalidArgumentError(
      `option 'bind-recursive=${recursive}' requires 'readonly' to be specified in conjunction`,
    );
  }
  if (recursive === 'readonly' && mount.propagation !== 'rprivate') {
    throw new InvalidArgumentError(
      "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction",
    );
  }
}
