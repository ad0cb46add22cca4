import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { defineFlags } from './flags.js';
import { parseArgv } from './parse.js';
import { UsageError } from './usage-error.js';

const table = defineFlags({
  interactive: { type: 'bool', short: 'i', description: '' },
  tty: { type: 'bool', short: 't', description: '' },
  detach: { type: 'bool', short: 'd', description: '' },
  rm: { type: 'bool', description: '' },
  'sig-proxy': { type: 'bool', default: true, description: '' },
  publish: { type: 'strings', short: 'p', description: '' },
  env: { type: 'strings', short: 'e', description: '' },
  name: { type: 'string', description: '' },
  pull: { type: 'string', default: 'missing', description: '' },
  memory: { type: 'bytes', short: 'm', description: '' },
  cpus: { type: 'decimal', description: '' },
  'pids-limit': { type: 'int', description: '' },
  'health-interval': { type: 'duration', description: '' },
  verbose: { type: 'count', short: 'v', description: '' },
  old: { type: 'bool', deprecated: 'use --new', description: '' },
  depth: { type: 'string', bare: 'all', description: '' },
  hostname: { type: 'string', short: 'h', description: '' },
});

const { hostname: _, ...withoutH } = table;
const run = (...argv: string[]) => parseArgv(argv, table, { stopAtFirstPositional: true });
const loose = (...argv: string[]) => parseArgv(argv, withoutH);

function failure(...argv: string[]): string {
  try {
    run(...argv);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(UsageError);
    expect((thrown as UsageError).exitCode).toBe(125);
    return (thrown as UsageError).message;
  }
  return 'accepted';
}

test('the result is typed by the table', () => {
  const { flags } = run();
  expectTypeOf(flags.rm).toEqualTypeOf<boolean>();
  expectTypeOf(flags.name).toEqualTypeOf<string | undefined>();
  expectTypeOf(flags.pull).toEqualTypeOf<string>();
  expectTypeOf(flags.publish).toEqualTypeOf<readonly string[]>();
  expectTypeOf(flags.pidsLimit).toEqualTypeOf<number | undefined>();
  expectTypeOf(flags.healthInterval).toEqualTypeOf<bigint | undefined>();
});

describe('grammar', () => {
  test('shorts combine, and the last may carry a value', () => {
    const { flags, args } = run('-itd', '-p80:80', '-e=X=1', '-ie', 'Y=2', 'alpine', 'sh');
    expect(flags).toMatchObject({ interactive: true, tty: true, detach: true });
    expect(flags.publish).toEqual(['80:80']);
    expect(flags.env).toEqual(['X=1', 'Y=2']);
    expect(args).toEqual(['alpine', 'sh']);
  });

  test('a boolean takes a value only after =', () => {
    const { flags, args } = run('--rm=false', '-t=0', '--sig-proxy=F', 'false');
    expect(flags).toMatchObject({ rm: false, tty: false, sigProxy: false });
    expect(args).toEqual(['false']);
  });

  test('everything after the first argument belongs to it when the command says so', () => {
    expect(run('-it', 'alpine', 'sh', '-c', 'x', '--foo', '--').args).toEqual([
      'alpine',
      'sh',
      '-c',
      'x',
      '--foo',
      '--',
    ]);
  });

  test('flags may follow arguments otherwise', () => {
    const { flags, args } = loose('a', '--name', 'n', 'b', '-i');
    expect(args).toEqual(['a', 'b']);
    expect(flags).toMatchObject({ name: 'n', interactive: true });
  });

  test('-- ends the flags and its place is told', () => {
    const { args, dashAt } = loose('a', '--', '--name', '--');
    expect(args).toEqual(['a', '--name', '--']);
    expect(dashAt).toBe(1);
    expect(loose('a').dashAt).toBeUndefined();
  });

  test('a value may look like a flag, be empty or be a single dash', () => {
    const { flags, args } = run('-e', '-X', '--env=--foo', '--name', '', '-');
    expect(flags.env).toEqual(['-X', '--foo']);
    expect(flags.name).toBe('');
    expect(args).toEqual(['-']);
  });

  test('the last of several values wins, lists grow, counts count', () => {
    const { flags } = run('--name', 'a', '--name=b', '-vv', '--verbose', '-e', '1', '-e', '2');
    expect(flags).toMatchObject({ name: 'b', verbose: 3, env: ['1', '2'] });
    expect(run('--verbose=7').flags.verbose).toBe(7);
  });

  test('a flag with a bare value needs no argument', () => {
    expect(run('--depth', 'x')).toMatchObject({ flags: { depth: 'all' }, args: ['x'] });
    expect(run('--depth=2').flags.depth).toBe('2');
  });

  test('defaults stand until a flag is given, and given flags are told', () => {
    const parsed = run('--name=');
    expect(parsed.flags).toMatchObject({ sigProxy: true, pull: 'missing', env: [], rm: false });
    expect([...parsed.given]).toEqual(['name']);
    expect(parsed.flags.memory).toBeUndefined();
  });

  test('help is asked for by --help, and by -h where it is no other flag', () => {
    expect(run('--help').help).toBe(true);
    expect(run('-h', 'box').flags.hostname).toBe('box');
    expect(loose('-ih').help).toBe(true);
    expect(run('alpine', '--help').help).toBe(false);
  });

  test('a deprecated flag works and warns once', () => {
    const { flags, warnings } = run('--old', '--old');
    expect(flags.old).toBe(true);
    expect(warnings).toEqual(['flag --old has been deprecated, use --new']);
  });
});

describe('values', () => {
  test('numbers, sizes and durations are read', () => {
    const { flags } = run('-m', '512m', '--cpus=1.5', '--pids-limit=-1', '--health-interval=1m30s');
    expect(flags).toMatchObject({ memory: 512 * 1024 ** 2, cpus: 1.5, pidsLimit: -1 });
    expect(flags.healthInterval).toBe(90_000_000_000n);
    expect(run('-m', '-1').flags.memory).toBe(-1);
    expect(run('--pids-limit', '0x10').flags.pidsLimit).toBe(16);
  });

  test.each([
    [['--rm=x'], 'invalid argument "x" for "--rm" flag: must be true or false'],
    [['-t=x'], 'invalid argument "x" for "-t, --tty" flag: must be true or false'],
    [['--cpus', 'x'], 'invalid argument "x" for "--cpus" flag: must be a number'],
    [
      ['--pids-limit=1.5'],
      'invalid argument "1.5" for "--pids-limit" flag: must be a whole number',
    ],
    [['-m', 'xx'], `invalid argument "xx" for "-m, --memory" flag: invalid size: 'xx'`],
    [
      ['--health-interval=5'],
      'invalid argument "5" for "--health-interval" flag: time: missing unit in duration "5"',
    ],
    [['--foo'], 'unknown flag: --foo'],
    [['--naem', 'x'], 'unknown flag: --naem; did you mean --name?'],
    [['-x'], `unknown shorthand flag: 'x' in -x`],
    [['-ix'], `unknown shorthand flag: 'x' in -ix`],
    [['--name'], 'flag needs an argument: --name'],
    [['-p'], `flag needs an argument: 'p' in -p`],
    [['-ip'], `flag needs an argument: 'p' in -ip`],
    [['--=x'], 'bad flag syntax: --=x'],
    [['---x'], 'bad flag syntax: ---x'],
    [['--constructor'], 'unknown flag: --constructor'],
  ])('%j is refused', (argv, message) => {
    expect(failure(...argv)).toBe(message);
  });
});

describe('properties', () => {
  const word = fc.oneof(
    fc.constantFrom(
      '-i',
      '-itd',
      '--rm',
      '--rm=false',
      '-e',
      '--env',
      '--',
      '-',
      '--name',
      '-p80:80',
    ),
    fc.constantFrom('-m', '512m', '--cpus=1', '--help', '-h', '-vvv', '--old', '--depth', '-='),
    fc.string({ maxLength: 6 }),
    fc.string({ maxLength: 6 }).map((text) => `-${text}`),
  );

  test('any command line is read or refused with a UsageError', () => {
    fc.assert(
      fc.property(fc.array(word), fc.boolean(), (argv, stopAtFirstPositional) => {
        try {
          const parsed = parseArgv(argv, table, { stopAtFirstPositional });
          expect(parsed.args.every((arg) => argv.includes(arg))).toBe(true);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(UsageError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('values come back unchanged in all four spellings', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(run('-e', value).flags.env).toEqual([value]);
        expect(run('--env', value).flags.env).toEqual([value]);
        expect(run(`--env=${value}`).flags.env).toEqual([value]);
        expect(run(`-e=${value}`).flags.env).toEqual([value]);
        fc.pre(value !== '' && !value.startsWith('='));
        expect(run(`-e${value}`).flags.env).toEqual([value]);
      }),
    );
  });

  test('what follows the first argument is never read as flags', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (rest) => {
        expect(run('-i', 'image', ...rest).args).toEqual(['image', ...rest]);
      }),
    );
  });
});
