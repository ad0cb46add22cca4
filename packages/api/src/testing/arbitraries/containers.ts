import fc from 'fast-check';
import type {
  Container,
  ContainerState,
  ContainerStats,
  Ended,
  Health,
  ProcessIdentity,
} from '@wharf/core';
import { containerSpec } from './container-spec.js';
import { healthcheck } from './healthcheck.js';
import { networkEndpoint, publishedPort } from './networking.js';
import {
  containerId,
  containerName,
  flag,
  int32,
  labels,
  natural,
  record,
  size,
  text,
  texts,
  time,
  uint64,
} from './values.js';

const health: fc.Arbitrary<Health> = fc.record({
  status: fc.constantFrom('starting', 'healthy', 'unhealthy'),
  failingStreak: natural,
  log: fc.array(fc.record({ start: time, end: time, exitCode: int32, output: text }), {
    maxLength: 2,
  }),
});
const identity: fc.Arbitrary<ProcessIdentity> = fc.record({
  pid: natural,
  startTicks: uint64,
  bootId: text,
});
const endedFields = { exitCode: int32, error: text, oomKilled: flag, finishedAt: time };
const endedOptional = { startedAt: time, health };
const ended = record<Ended, 'exitCode' | 'error' | 'oomKilled' | 'finishedAt'>(
  endedFields,
  endedOptional,
);
const runningFields = { process: identity, shim: identity, startedAt: time };
const state = (
  status: ContainerState['status'],
  required: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>> = {},
) =>
  record<Record<string, unknown>, string>(
    { status: fc.constant(status), ...required },
    optional,
  ) as unknown as fc.Arbitrary<ContainerState>;

export const containerState: fc.Arbitrary<ContainerState> = fc.oneof(
  state('created', {}),
  state('starting', { since: time }, { previous: ended }),
  state('running', runningFields, { health }),
  state('paused', runningFields, { health }),
  state('restarting', { ...endedFields, shim: identity }, endedOptional),
  state('exited', endedFields, endedOptional),
  state('removing', {}, { previous: ended }),
  state('dead', endedFields, endedOptional),
);

export const container: fc.Arbitrary<Container> = record<
  Container,
  Exclude<keyof Container, 'sizeRw' | 'sizeRootFs'>
>(
  {
    id: containerId,
    name: containerName,
    createdAt: time,
    spec: containerSpec,
    resolved: record(
      {
        imageId: text,
        imageManifest: text,
        platform: text,
        entrypoint: texts,
        command: texts,
        env: texts,
        workdir: text,
        user: text,
        hostname: text,
        stopSignal: text,
        labels,
        runtime: text,
        logPath: text,
        upperDir: text,
        mounts: fc.array(
          fc.record({
            kind: fc.constantFrom('bind', 'volume', 'tmpfs', 'image'),
            name: text,
            source: text,
            target: text,
            driver: text,
            mode: text,
            readWrite: flag,
            propagation: text,
          }),
          { maxLength: 2 },
        ),
        networkMode: text,
      },
      { healthcheck },
    ),
    state: containerState,
    restartCount: natural,
    networks: fc.array(networkEndpoint, { maxLength: 2 }),
    ports: fc.array(publishedPort, { maxLength: 3 }),
    sandboxKey: text,
    maskedPaths: texts,
    readonlyPaths: texts,
    execIds: texts,
  },
  { sizeRw: size, sizeRootFs: size },
);

export const containerStats: fc.Arbitrary<ContainerStats> = fc.record({
  id: containerId,
  name: containerName,
  time,
  cpuUsageNanos: uint64,
  systemCpuNanos: uint64,
  onlineCpus: natural,
  memoryUsage: uint64,
  memoryLimit: uint64,
  pids: uint64,
  blockRead: uint64,
  blockWrite: uint64,
  networkReceive: uint64,
  networkTransmit: uint64,
});
