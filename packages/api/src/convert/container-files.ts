import type { PathStat } from '@wharf/core';
import type * as wire from '../gen/wharf/v1/containers.js';
import { dateFromWire, dateToWire } from './times.js';
import { numberFromWire, numberToWire, required } from './values.js';

export function pathStatToWire(stat: PathStat): wire.PathStat {
  const { name, size, mode, modifiedAt, linkTarget } = stat;
  const sizeBytes = numberToWire(size, 'size of a file');
  return { name, sizeBytes, mode, modifiedAt: dateToWire(modifiedAt), linkTarget };
}

export function pathStatFromWire(message: wire.PathStat | undefined): PathStat {
  const { name, sizeBytes, mode, modifiedAt, linkTarget } = required(message, 'stat');
  return {
    name,
    size: numberFromWire(sizeBytes, 'stat.size_bytes'),
    mode,
    modifiedAt: dateFromWire(modifiedAt, 'stat.modified_at'),
    linkTarget,
  };
}
