import { parseArgs } from 'node:util';
import { InvalidArgumentError } from '@wharf/core';

/** What can be measured, in the order in which it is done. */
export const measurementNames = [
  'idle',
  'run',
  'bridge',
  'calls',
  'start',
  'ladder',
  'logs',
  'attach',
  'images',
  'builds',
] as const;
export type MeasurementName = (typeof measurementNames)[number];

export const engineNames = ['wharf', 'docker', 'podman'] as const;
export type EngineName = (typeof engineNames)[number];

export interface Options {
  readonly quick: boolean;
  readonly only: readonly MeasurementName[];
  readonly engines: readonly EngineName[];
  /** Repetitions of one command; streams and restarts are repeated a tenth as often. */
  readonly rounds: number;
  readonly json: string | undefined;
  readonly help: boolean;
}

export const usage = `usage: tools/bench [--quick] [--only NAME]... [--engine NAME]... [--rounds N] [--json FILE]

Measures wharf, docker and podman in one run, their commands interleaved, each engine on a throwaway root.
A full run (less than 20 minutes) writes docs/benchmarks.md; any other prints its table.

  --quick         fewer rounds and at most 20 containers: less than 8 minutes
  --only NAME     ${measurementNames.join(' | ')} (repeatable)
  --engine NAME   ${engineNames.join(' | ')} (repeatable)
  --rounds N      repetitions of each command (default 30; quick 8)
  --json FILE     the numbers too, with every sample
  --no-build      measure what is in dist/
`;

/** @throws `invalid-argument` */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parse(argv);
  const quick = values.quick === true;
  const rounds = Number(values.rounds ?? (quick ? 8 : 30));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000) {
    throw new InvalidArgumentError(`--rounds ${values.rounds}: give a number from 1 to 1000`);
  }
  return {
    quick,
    rounds,
    only: chosen('--only', values.only, measurementNames),
    engines: chosen('--engine', values.engine, engineNames),
    json: values.json,
    help: values.help === true,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string', multiple: true },
        engine: { type: 'string', multiple: true },
        rounds: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new InvalidArgumentError('unknown or incomplete option, see --help', { cause });
  }
}

function chosen<Name extends string>(
  flag: string,
  given: readonly string[] | undefined,
  all: readonly Name[],
): readonly Name[] {
  const unknown = given?.find((name) => !all.includes(name as Name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`${flag} ${unknown}: it is one of ${all.join(', ')}`);
  }
  return given === undefined ? all : all.filter((name) => given.includes(name));
}
