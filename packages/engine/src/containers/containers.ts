import { mkdir } from 'node:fs/promises';
import { FailedPreconditionError, isActive, type Containers } from '@wharf/core';
import { Flights } from '../concurrency/flights.js';
import { KeyLock } from '../concurrency/key-lock.js';
import { adoptContainers, type Recovery } from './adopt.js';
import { attachContainer } from './attach.js';
import { containerChanges } from './changes.js';
import { commitContainer } from './commit.js';
import { copyIn, copyOut, statPath } from './copy.js';
import { createContainer } from './create.js';
import type { ContainerContext } from './dependencies.js';
import { exportFiles } from './export.js';
import { createAfterEnd } from './finish.js';
import { killContainer } from './kill.js';
import { listContainers } from './list.js';
import { containerLogs } from './logs/logs.js';
import { createObserver } from './observe.js';
import { containerPaths } from './paths.js';
import { pauseContainer, unpauseContainer } from './pause.js';
import { Execs } from '../processes/execs.js';
import { PendingAttaches } from './pending.js';
import { removeLocked } from './remove.js';
import { renameContainer } from './rename.js';
import { containerSizes } from './size.js';
import { startLocked } from './start.js';
import { containerStats } from './stats.js';
import { stopContainer } from './stop.js';
import { Tasks } from './tasks.js';
import { topContainer } from './top.js';
import { toContainer } from './view.js';
import { Views } from './views.js';
import { waitContainer } from './wait.js';

export type ContainersDependencies = Omit<
  ContainerContext,
  'tasks' | 'locks' | 'views' | 'pending' | 'releases' | 'execs' | 'paths'
>;

/** The manager, and what the daemon's life needs of it. */
export interface ContainerManager extends Containers {
  readonly context: ContainerContext;
  /** Once, before the first call. */
  adopt(signal: AbortSignal): Promise<Recovery>;
  /** Leaves the containers running and drops the connections to their shims. */
  close(): Promise<void>;
}

export async function createContainers(deps: ContainersDependencies): Promise<ContainerManager> {
  await mkdir(deps.roots.data, { recursive: true, mode: 0o700 });
  await mkdir(deps.roots.run, { recursive: true, mode: 0o711 });
  const paths: ContainerContext['paths'] = (id) => containerPaths(deps.roots, id);
  const after = createAfterEnd(() => context);
  const observer = createObserver(() => context, after);
  const context: ContainerContext = {
    ...deps,
    paths,
    locks: new KeyLock(),
    views: new Views(),
    pending: new PendingAttaches(),
    releases: new Flights(),
    execs: new Execs(),
    tasks: new Tasks(deps.taskPort, deps.records, observer, paths),
  };
  const { records, locks } = context;

  return {
    context,
    adopt: (signal) => adoptContainers(context, { after, observer }, signal),
    close: () => context.tasks.close(),
    create: (spec, options) => createContainer(context, spec, options),
    async start(ref, { signal }) {
      const { id } = records.lookup(ref);
      await using _ = await locks.acquire(id, { signal });
      await startLocked(context, id, { signal });
      return id;
    },
    stop: (ref, options) => stopContainer(context, ref, options),
    async restart(ref, options) {
      const { id, state } = records.lookup(ref);
      if (isActive(state)) await stopContainer(context, id, options);
      await using _ = await locks.acquire(id, options);
      await startLocked(context, id, options);
      records.publish(id, { action: 'restart' });
      return id;
    },
    kill: (ref, signalName, options) => killContainer(context, ref, signalName, options),
    pause: (ref, options) => pauseContainer(context, ref, options),
    unpause: (ref, options) => unpauseContainer(context, ref, options),
    rename: (ref, name, options) => renameContainer(context, ref, name, options),
    async remove(ref, { signal, force = false, volumes = false }) {
      const { id } = records.lookup(ref);
      await using _ = await locks.acquire(id, { signal });
      if (records.find(id) === undefined) return id;
      await removeLocked(context, id, { force, volumes, signal });
      return id;
    },
    wait: (ref, condition, options) => waitContainer(context, ref, condition, options),
    async get(ref, { signal, size = false }) {
      const record = records.lookup(ref);
      const view = toContainer(context, record);
      return size ? { ...view, ...(await containerSizes(context, view, { signal })) } : view;
    },
    list: (options) => listContainers(context, options),
    top: (ref, psArgs, options) => topContainer(context, ref, psArgs, options),
    async resize(ref, rows, columns, options) {
      const { id, spec, name } = records.lookup(ref);
      if (!spec.terminal) throw new FailedPreconditionError(`container ${name} has no terminal`);
      await context.tasks.running(id).resize('', rows, columns, options);
    },
    logs: (ref, query, options) => containerLogs(context, ref, query, options),
    stats: (refs, options) => containerStats(context, refs, options),
    attach: (ref, request, options) => attachContainer(context, ref, request, options),
    commit: (ref, options) => commitContainer(context, ref, options),
    changes: (ref, options) => containerChanges(context, ref, options),
    exportFiles: (ref, options) => exportFiles(context, ref, options),
    statPath: (ref, path, options) => statPath(context, ref, path, options),
    copyOut: (ref, path, options) => copyOut(context, ref, path, options),
    copyIn: (ref, path, archive, options) => copyIn(context, ref, path, archive, options),
  };
}
