import fc from 'fast-check';
import type { MountSpec } from '@wharf/core';
import { flag, int64, labels, record, text, texts, word } from './values.js';

type OptionalMount =
  'propagation' | 'volume' | 'subpath' | 'recursiveReadOnly' | 'exclude' | 'owner';

export const mount = record<MountSpec, Exclude<keyof MountSpec, OptionalMount>>(
  {
    kind: fc.constantFrom('bind', 'volume', 'tmpfs', 'image'),
    source: text,
    target: text,
    readOnly: flag,
    createSource: flag,
    nonRecursive: flag,
    tmpfsSize: int64,
    tmpfsMode: fc.nat(0o7777),
    tmpfsOptions: texts,
  },
  {
    propagation: word,
    volume: fc.record({ noCopy: flag, driver: text, driverOptions: labels, labels }),
    subpath: word,
    recursiveReadOnly: fc.constantFrom('disabled', 'writable', 'force'),
    exclude: texts,
    owner: record(
      { chown: flag },
      { uid: fc.nat(), gid: fc.nat(), mode: fc.nat(0o7777), idmap: word },
    ),
  },
);
