import {
  containerFromWire,
  ContainerServiceDefinition,
  containerSpecToWire,
  filtersToWire,
  logQueryToWire,
  logRecordFromWire,
  statsFromWire,
  waitConditions,
} from '@wharf/api';
import { parseContainerId, parseContainerName } from '@wharf/core';
import type { ContainerId, Containers, StopOptions } from '@wharf/core';
import { containerFiles } from './container-files.js';
import { attach } from './attach.js';
import { serverStream, unary } from './rpc.js';
import type { Transport } from './transport/transport.js';

const service = ContainerServiceDefinition;

/** The containers of a remote daemon. */
export function remoteContainers(transport: Transport): Containers {
  return {
    create: async (spec, options) =>
      unary(
        transport,
        [service, 'createContainer'],
        { spec: containerSpecToWire(spec) },
        options,
        ({ id, name, warnings }) => ({
          id: parseContainerId(id),
          name: parseContainerName(name),
          warnings,
        }),
      ),
    start: (container, options) =>
      unary(transport, [service, 'startContainer'], { container }, options, idOf),
    stop: (container, options) =>
      unary(transport, [service, 'stopContainer'], stopRequest(container, options), options, idOf),
    restart: (container, options) =>
      unary(
        transport,
        [service, 'restartContainer'],
        stopRequest(container, options),
        options,
        idOf,
      ),
    kill: (container, signal, options) =>
      unary(transport, [service, 'killContainer'], { container, signal }, options, idOf),
    pause: (container, options) =>
      unary(transport, [service, 'pauseContainer'], { container }, options, idOf),
    unpause: (container, options) =>
      unary(transport, [service, 'unpauseContainer'], { container }, options, idOf),
    rename: (container, name, options) =>
      unary(transport, [service, 'renameContainer'], { container, name }, options, idOf),
    remove: (container, { force = false, volumes = false, signal }) =>
      unary(
        transport,
        [service, 'removeContainer'],
        { container, force, volumes },
        { signal },
        idOf,
      ),
    wait: (container, condition, options) =>
      unary(
        transport,
        [service, 'waitContainer'],
        { container, condition: waitConditions.toWire(condition) },
        options,
        ({ exitCode, error, oomKilled }) => ({ exitCode, error, oomKilled }),
      ),
    get: (container, { size = false, signal }) =>
      unary(transport, [service, 'getContainer'], { container, size }, { signal }, (response) =>
        containerFromWire(response.container),
      ),
    list: ({ all = false, limit = 0, size = false, filters, signal }) =>
      unary(
        transport,
        [service, 'listContainers'],
        { all, limit, size, filters: filtersToWire(filters) },
        { signal },
        ({ containers }) => containers.map(containerFromWire),
      ),
    top: (container, psArgs, options) =>
      unary(
        transport,
        [service, 'topContainer'],
        { container, psArgs: [...psArgs] },
        options,
        ({ titles, processes }) => ({ titles, processes: processes.map(({ fields }) => fields) }),
      ),
    resize: (container, rows, columns, options) =>
      unary(
        transport,
        [service, 'resizeContainer'],
        { container, rows, columns },
        options,
        () => undefined,
      ),
    logs: (container, query, options) =>
      serverStream(
        transport,
        [service, 'streamContainerLogs'],
        () => logQueryToWire(container, query),
        options,
        ({ records }) => records.map(logRecordFromWire),
      ),
    stats: (containers, { once = false, signal }) =>
      serverStream(
        transport,
        [service, 'streamContainerStats'],
        () => ({ containers: [...containers], once }),
        { signal },
        ({ stats }) => stats.map(statsFromWire),
      ),
    attach: (container, request, options) => attach(transport, container, request, options),
    ...containerFiles(transport),
  };
}

function idOf({ id }: { readonly id: string }): ContainerId {
  return parseContainerId(id);
}

function stopRequest(container: string, { timeoutSeconds, stopSignal }: StopOptions) {
  return { container, timeoutSeconds, signal: stopSignal ?? '' };
}
