import { basename, join } from 'node:path';
import { UnavailableError } from '@wharf/core';
import { newFolders } from '@wharf/testing';
import { output, plainEnv, timed } from '../command.js';
import type { CallOptions, Command } from '../command.js';
import { processesNaming, withDescendants } from '../processes.js';
import { background } from './background.js';
import { removeContainers, throwawayRoot } from './cleanup.js';
import type { Engine, StartOptions } from './engine.js';
import { shell } from './shell.js';

const docker = '/usr/bin/docker';

/** Debian's docker.io with a dockerd of its own, which keeps containers running while it is down (live-restore). */
export async function startDocker({ signal, space }: StartOptions): Promise<Engine> {
  await using undo = new AsyncDisposableStack();
  const { work, scope } = await throwawayRoot('docker', undo, space);
  const host = `unix://${work}/docker.sock`;
  const env = { ...plainEnv(work), DOCKER_HOST: host, DOCKER_CONFIG: join(work, 'config') };
  const command = (verb: string, ...args: readonly string[]): Command => ({
    argv: [docker, verb, ...args],
    env,
  });
  const api = dockerApi(join(work, 'docker.sock'));

  undo.use(newFolders('/run/docker', '/run/docker/plugins'));
  const exec = space === undefined ? ['exec_dockerd'] : ['exec_dockerd_in', space];
  const start = (options: CallOptions) =>
    background(shell([...exec, work, '--live-restore'], env), {
      ...options,
      logFile: join(work, 'dockerd.log'),
      answers: async (call) => (await api('GET', '/_ping', call)).ok,
    });
  let daemon = await start({ signal });
  undo.defer(() => daemon.stop());
  undo.defer(() => removeContainers({ command }, { signal: AbortSignal.timeout(120_000) }));
  await timed(shell(['import_busybox', work, docker], env), { signal });

  const version = command('version', '--format', '{{.Server.Version}}');
  const runtime = await output({ argv: ['/usr/sbin/runc', '--version'], env }, { signal });
  const engine = {
    name: 'docker' as const,
    version: `${await output(version, { signal })}, ${runtime.split('\n')[0]}`,
    image: 'busybox',
    scope,
    command,
    async processes() {
      const shims = (await processesNaming(work))
        .filter(({ argv }) => basename(argv[0] ?? '') === 'containerd-shim-runc-v2')
        .map(({ pid }) => pid);
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
        const answer = await api('POST', `/containers/${name}/start`, options);
        if (!answer.ok) throw new UnavailableError(`docker start: ${await answer.text()}`);
      },
    },
  };
  const end = undo.move();
  return { ...engine, [Symbol.asyncDispose]: () => end.disposeAsync() };
}

function dockerApi(socket: string) {
  return (method: string, path: string, { signal }: CallOptions): Promise<Response> =>
    fetch(`http://docker${path}`, { method, unix: socket, signal });
}
