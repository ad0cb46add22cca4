import { basename, join } from 'node:path';
import { createClient } from '@wharf/client';
import { inNamespace, program } from '@wharf/testing';
import { output, plainEnv, timed } from '../command.js';
import type { CallOptions, Command } from '../command.js';
import { processesNaming, withDescendants } from '../processes.js';
import { background } from './background.js';
import { removeContainers, throwawayRoot } from './cleanup.js';
import type { Engine, StartOptions } from './engine.js';

/** What is in dist/, with a wharfd of its own. */
export async function startWharf({ signal, space }: StartOptions): Promise<Engine> {
  await using undo = new AsyncDisposableStack();
  const { work, scope } = await throwawayRoot('wharf', undo, space);
  const host = `unix://${work}/wharf.sock`;
  const env = { ...plainEnv(work), WHARF_HOST: host };
  const command = (verb: string, ...args: readonly string[]): Command => ({
    argv: [program('wharf'), verb, ...args],
    env,
  });
  const roots = ['--data-root', join(work, 'data'), '--exec-root', join(work, 'exec')];
  const flags = [...roots, '--cgroup-parent', scope.cgroupParent, '-H', host];
  flags.push('--insecure-registry', '127.0.0.0/8');
  if (space === undefined) flags.push('--bridge', 'none');
  const client = createClient({ host });
  undo.defer(() => client.close());

  const start = (options: CallOptions) =>
    background(
      { argv: inNamespace(space, [program('wharfd'), ...flags]), env },
      {
        ...options,
        logFile: join(work, 'wharfd.log'),
        answers: (call) => client.system.ping(call).then(() => true),
      },
    );
  let daemon = await start({ signal });
  undo.defer(() => daemon.stop());
  undo.defer(() => removeContainers({ command }, { signal: AbortSignal.timeout(120_000) }));
  await timed(command('image', 'bootstrap', 'busybox'), { signal });

  const isShim = (argv: readonly string[]) => basename(argv[0] ?? '') === 'wharf-shim';
  const version = await client.system.version({ signal });
  const runtimes = (await client.system.info({ signal })).runtimes;
  const runtime = runtimes.find(({ isDefault }) => isDefault);
  const end = undo.move();
  return {
    name: 'wharf',
    version: `${version.version} ${version.gitCommit}, ${runtime?.name} ${runtime?.version}`,
    image: 'busybox',
    scope,
    command,
    async processes() {
      const named = (await processesNaming(work)).filter(({ argv }) => isShim(argv));
      const shims = named.map(({ pid }) => pid);
      const own = await withDescendants(daemon.pid);
      return { shims, daemon: [...own].filter((pid) => !shims.includes(pid)) };
    },
    daemon: {
      async restart(options: CallOptions) {
        await daemon.stop();
        daemon = await start(options);
        return daemon.readyMilliseconds;
      },
      async startContainer(name: string, options: CallOptions) {
        await client.containers.start(name, options);
      },
    },
    [Symbol.asyncDispose]: () => end.disposeAsync(),
  };
}
