import { randomBytes } from 'node:crypto';
import { beforeAll, expect, onTestFinished } from 'vitest';
import { probeProgram } from '@wharf/testing';
import type { RunResult } from '@wharf/testing';
import type { Engine } from '../support.js';

/** What tests of networks do again and again; whatever it makes is removed after the test. */
export interface Networked {
  /** `run -d` of busybox with these flags, sleeping, with the probe at /probe. Gives the id. */
  up(...flags: string[]): Promise<string>;
  /** As up, serving: each port (`tcp:80`) answers with `name` and the address of who asks. */
  serving(name: string, ports: readonly string[], ...flags: string[]): Promise<string>;
  /** `network create` with these flags. Gives its name. */
  network(...flags: string[]): Promise<string>;
  /** A name that nobody has. */
  name(prefix: string): string;
  /** The probe in a container. */
  probe(container: string, ...args: string[]): Promise<string>;
  /** The probe on the host of the engine. */
  host(...args: string[]): Promise<string>;
  /** The probe on the neighbour. */
  neighbour(...args: string[]): Promise<string>;
  /** Standard output of a command in a container, without its last newline. */
  exec(container: string, ...command: string[]): Promise<string>;
  /** `inspect` by a Go template that begins at the settings of the container's network. */
  endpoint(container: string, network: string, field: string): Promise<string>;
}

/** Call it once, at the top of a file, after useEngine with a space. */
export function networked(engine: Engine): Networked {
  let program = '';
  beforeAll(async () => {
    program = await probeProgram();
  });
  const later = (...args: string[]): void =>
    onTestFinished(async () => void (await engine.cli(args)));
  const start = async (flags: readonly string[], command: readonly string[]): Promise<string> => {
    const mount = ['-v', `${program}:/probe:ro`];
    const id = await engine.ok(['run', '-d', ...mount, ...flags, 'busybox', ...command]);
    later('rm', '-f', '-v', id);
    return id;
  };
  const printed = ({ code, stdout, stderr }: RunResult): string => {
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return stdout.replace(/\n$/, '');
  };
  const name = (prefix: string): string => `${prefix}-${randomBytes(3).toString('hex')}`;
  const exec: Networked['exec'] = (container, ...command) =>
    engine.ok(['exec', container, ...command]);
  return {
    name,
    exec,
    up: (...flags) => start(flags, ['sleep', '1000']),
    serving: async (answer, ports, ...flags) => {
      const id = await start(flags, ['/probe', 'serve', answer, ...ports]);
      await expect.poll(() => engine.ok(['logs', id]), { interval: 20 }).toBe('serves');
      return id;
    },
    network: async (...flags) => {
      const made = name('net');
      await engine.ok(['network', 'create', ...flags, made]);
      later('network', 'rm', made);
      return made;
    },
    probe: (container, ...args) => exec(container, '/probe', ...args),
    host: async (...args) => printed(await engine.space.host([program, ...args])),
    neighbour: async (...args) => printed(await engine.space.neighbour([program, ...args])),
    endpoint: (container, network, field) =>
      engine.inspect(container, `{{(index .NetworkSettings.Networks "${network}").${field}}}`),
  };
}
