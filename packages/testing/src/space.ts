import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';
import { run } from './run.js';
import type { RunOptions, RunResult } from './run.js';

const library = join(import.meta.dirname, '../../../tools/lib/space.sh');

/** Addresses of a space; documentation prefixes of RFC 5737 and RFC 3849. */
export const spaceAddresses = {
  host: { v4: '192.0.2.2', v6: '2001:db8::2' },
  neighbour: { v4: '192.0.2.1', v6: '2001:db8::1' },
  /** Elsewhere, behind the neighbour. */
  far: { v4: '198.51.100.7', v6: '2001:db8:ffff::7' },
} as const;

/**
 * A host of its own for an engine: a network namespace, and a neighbour in another (tools/lib/space.sh), so that what
 * the engine does to interfaces, rules and routes touches nothing of the machine.
 */
export interface Space extends AsyncDisposable {
  /** As `ip netns` knows it. */
  readonly name: string;
  /** Runs a program on the host of the engine. */
  host(command: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Runs a program on the neighbour. */
  neighbour(command: readonly string[], options?: RunOptions): Promise<RunResult>;
}

/** Makes a space; disposing of it ends nothing that runs in it. Needs root. */
export async function makeSpace(): Promise<Space> {
  const name = `ws${randomBytes(3).toString('hex')}`;
  const { code, stderr } = await shell('make_space', name);
  if (code !== 0) throw new FailedPreconditionError(`no network namespace: ${stderr}`);
  return spaceOf(name, async () => void (await shell('remove_space', name)));
}

/** One that somebody else has made, and removes. */
export function givenSpace(name: string): Space {
  return spaceOf(name, () => Promise.resolve());
}

/** A command line that runs another in a network namespace of `ip netns`; without a name it is as it was. */
export function inNamespace(name: string | undefined, command: readonly string[]): string[] {
  return name === undefined
    ? [...command]
    : ['nsenter', `--net=/run/netns/${name}`, '--', ...command];
}

function shell(...words: string[]): Promise<RunResult> {
  return run('bash', ['-e', '-c', '. "$0"; "$@"', library, ...words]);
}

function spaceOf(name: string, remove: () => Promise<void>): Space {
  const inside =
    (namespace: string): Space['host'] =>
    (command, options) => {
      const [program = '', ...args] = inNamespace(namespace, command);
      return run(program, args, options);
    };
  return {
    name,
    host: inside(name),
    neighbour: inside(`${name}o`),
    [Symbol.asyncDispose]: remove,
  };
}
