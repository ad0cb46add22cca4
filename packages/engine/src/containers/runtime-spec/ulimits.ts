import type { Ulimit } from '@wharf/core';
import type { RuntimeRlimit } from '@wharf/oci';
import type { HostFacts } from '../ports.js';
import { invalid, quoted } from './names.js';

/** Those that docker knows; getrlimit(2). */
const names = new Set([
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
]);
const unlimited = -1n;
const infinity = 2n ** 64n - 1n;
const defaultNofile: Ulimit = { name: 'nofile', soft: 1024n, hard: 524_288n };

/** @throws invalid-argument for what this host cannot give; that the default is cut is a fact of the host, shown by info */
export function checkUlimits(ulimits: readonly Ulimit[], facts: HostFacts): void {
  for (const ulimit of ulimits) checkUlimit(ulimit, facts);
}

function checkUlimit({ name, soft, hard }: Ulimit, facts: HostFacts): void {
  if (!names.has(name)) throw invalid(`invalid ulimit type: ${quoted(name)}`, '--ulimit');
  for (const value of [soft, hard]) {
    if (value < unlimited || value > infinity) {
      throw invalid(`invalid ulimit ${name}: ${value}, give a number from -1`, '--ulimit');
    }
  }
  if (above(soft, hard)) {
    throw invalid(
      `ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`,
      '--ulimit',
    );
  }
  const most = hardLimit(name, facts);
  if (above(hard, most)) {
    throw invalid(
      `ulimit ${name}=${soft}:${hard} is above ${most}, the hard limit of the daemon, which has no CAP_SYS_RESOURCE to raise it`,
      '--ulimit',
    );
  }
}

/** The limits of a process: those asked for, and a default for open files cut to what this host can give. */
export function rlimits(ulimits: readonly Ulimit[], facts: HostFacts): readonly RuntimeRlimit[] {
  checkUlimits(ulimits, facts);
  const wanted = new Map(ulimits.map((ulimit) => [ulimit.name, ulimit]));
  if (!wanted.has('nofile')) wanted.set('nofile', cut(defaultNofile, hardLimit('nofile', facts)));
  return [...wanted.values()].map(({ name, soft, hard }) => ({
    type: `RLIMIT_${name.toUpperCase()}`,
    soft: kernelValue(soft),
    hard: kernelValue(hard),
  }));
}

function cut(ulimit: Ulimit, most: bigint): Ulimit {
  const least = (value: bigint): bigint => (above(value, most) ? most : value);
  return { ...ulimit, soft: least(ulimit.soft), hard: least(ulimit.hard) };
}

function hardLimit(name: string, facts: HostFacts): bigint {
  return facts.canRaiseLimits ? unlimited : (facts.hardLimits[name] ?? unlimited);
}

function above(value: bigint, most: bigint): boolean {
  if (most === unlimited) return false;
  return value === unlimited || value > most;
}

function kernelValue(value: bigint): bigint {
  return value === unlimited ? infinity : value;
}
