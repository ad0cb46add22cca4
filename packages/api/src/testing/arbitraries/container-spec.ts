import fc from 'fast-check';
import type { ContainerSpec } from '@wharf/core';
import { healthcheck } from './healthcheck.js';
import { mount } from './mounts.js';
import { networking } from './networking.js';
import { flag, int64, labels, natural, record, signed, text, texts, word } from './values.js';

export const containerSpec: fc.Arbitrary<ContainerSpec> = record<
  ContainerSpec,
  Exclude<keyof ContainerSpec, OptionalSpec>
>(
  {
    image: text,
    env: texts,
    groupAdd: texts,
    terminal: flag,
    openStdin: flag,
    stdinOnce: flag,
    labels,
    annotations: labels,
    restart: fc.record({
      kind: fc.constantFrom('no', 'on-failure', 'always', 'unless-stopped'),
      maximumRetryCount: natural,
    }),
    autoRemove: flag,
    mounts: fc.array(mount, { maxLength: 3 }),
    readOnlyRootfs: flag,
    namespaces: fc.record({ network: text, pid: text, ipc: text, uts: text, cgroup: text }),
    security: fc.record({
      capAdd: texts,
      capDrop: texts,
      privileged: flag,
      seccomp: text,
      noNewPrivileges: flag,
      systemPathsUnconfined: flag,
    }),
    devices: fc.array(
      fc.record({
        hostPath: text,
        containerPath: text,
        permissions: fc.constantFrom('r', 'rw', 'rwm'),
      }),
      { maxLength: 2 },
    ),
    resources: record(
      {
        memory: int64,
        memorySwap: signed,
        memoryReservation: int64,
        nanoCpus: int64,
        cpuShares: int64,
        cpuPeriod: int64,
        cpuQuota: signed,
        cpusetCpus: text,
        cpusetMems: text,
        oomScoreAdj: fc.integer({ min: -1000, max: 1000 }),
        oomKillDisable: flag,
        shmSize: int64,
        ulimits: fc.array(fc.record({ name: text, soft: signed, hard: signed }), { maxLength: 2 }),
      },
      { pidsLimit: signed },
    ),
    sysctls: labels,
    log: fc.record({ driver: text, options: labels }),
    networking,
    volumesFrom: texts,
    attachStdin: flag,
    attachStdout: flag,
    attachStderr: flag,
  },
  {
    name: word,
    platform: word,
    entrypoint: texts,
    command: texts,
    user: word,
    workdir: word,
    hostname: word,
    domainname: word,
    stopSignal: word,
    stopTimeoutSeconds: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
    healthcheck,
    init: flag,
    runtime: word,
  },
);

type OptionalSpec =
  | 'name'
  | 'platform'
  | 'entrypoint'
  | 'command'
  | 'user'
  | 'workdir'
  | 'hostname'
  | 'domainname'
  | 'stopSignal'
  | 'stopTimeoutSeconds'
  | 'healthcheck'
  | 'init'
  | 'runtime';
