import { rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inNamespace, newFolders } from '@wharf/testing';
import { output, plainEnv, timed } from '../command.js';
import type { Command } from '../command.js';
import { processesNaming } from '../processes.js';
import { removeContainers, throwawayRoot } from './cleanup.js';
import type { Engine, StartOptions } from './engine.js';
import { shell } from './shell.js';

const podman = '/usr/bin/podman';
const lockFile = '/dev/shm/libpod_lock';

/** Its own defaults ask for limits above those that a host without CAP_SYS_RESOURCE can give. */
const configuration = `
[containers]
default_ulimits = ["nofile=1024:20000", "nproc=32768:32768"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
`;

/** Debian's podman on its own root; runc, as docker. */
export async function startPodman({ signal, space }: StartOptions): Promise<Engine> {
  await using undo = new AsyncDisposableStack();
  const { work, scope } = await throwawayRoot('podman', undo, space);
  const config = join(work, 'containers.conf');
  await writeFile(config, configuration);
  const env = { ...plainEnv(work), CONTAINERS_CONF: config, TMPDIR: work };
  const global = ['--root', join(work, 'root'), '--runroot', join(work, 'run')];
  global.push('--tmpdir', join(work, 'tmp'), '--runtime', 'runc');
  global.push('--network-config-dir', join(work, 'networks'));
  const parent = `--cgroup-parent=${scope.cgroupParent}`;
  // A build takes the parent itself for its steps, which has others below it: none is named there.
  // Its rm -f waits the stop timeout for a first process that ignores SIGTERM; docker's does not.
  const flags: Readonly<Record<string, string[]>> = {
    run: [parent],
    create: [parent],
    rm: ['--time', '0'],
    pull: ['--tls-verify=false'],
    push: ['--tls-verify=false'],
  };
  const command = (verb: string, ...args: readonly string[]): Command => {
    const argv = [podman, ...global, verb, ...(flags[verb] ?? []), ...args];
    return { argv: inNamespace(space, argv), env };
  };

  undo.use(newFolders('/run/containers', '/run/containers/networks', '/run/libpod'));
  if (!existsSync(lockFile)) undo.defer(() => rm(lockFile, { force: true }));
  undo.defer(() => removeContainers({ command }, { signal: AbortSignal.timeout(120_000) }));
  await timed(shell(['import_busybox', work, podman, ...global], env), { signal });

  const runtime = await output({ argv: ['/usr/sbin/runc', '--version'], env }, { signal });
  const version = await output(command('version', '--format', '{{.Client.Version}}'), { signal });
  const end = undo.move();
  return {
    name: 'podman',
    version: `${version}, ${runtime.split('\n')[0]}`,
    image: 'localhost/busybox',
    scope,
    command,
    async processes() {
      const named = await processesNaming(work);
      const conmons = named.filter(({ argv }) => basename(argv[0] ?? '') === 'conmon');
      return { daemon: [], shims: conmons.map(({ pid }) => pid) };
    },
    [Symbol.asyncDispose]: () => end.disposeAsync(),
  };
}
