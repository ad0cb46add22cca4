import type { Command } from '../../command.js';
import type { Engine } from '../../engines/engine.js';
import type { EngineName } from '../../options.js';

/** One way in which an engine builds; docker has two. */
export interface Builder {
  readonly engine: Engine;
  /** Of the way, where the engine has several. */
  readonly name: string | undefined;
  build(tag: string, context: string, ...flags: readonly string[]): Command;
}

interface Way {
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}

const ways: Readonly<Record<EngineName, readonly Way[]>> = {
  wharf: [{}],
  docker: [
    { name: 'BuildKit', env: { DOCKER_BUILDKIT: '1' } },
    { name: 'the classic builder', env: { DOCKER_BUILDKIT: '0' } },
  ],
  // One stage after the other unless it is told.
  podman: [{ flags: ['--jobs', '0'] }],
};

export function buildersOf(engines: readonly Engine[]): readonly Builder[] {
  return engines.flatMap((engine) =>
    ways[engine.name].map(({ name, env = {}, flags = [] }) => ({
      engine,
      name,
      build(tag: string, context: string, ...more: readonly string[]) {
        const all = ['-q', '--network', 'none', ...flags, ...more, '-t', tag, context];
        const command = engine.command('build', ...all);
        return { argv: command.argv, env: { ...command.env, ...env } };
      },
    })),
  );
}
