import type { Container, Healthcheck } from '@wharf/core';
import { isAnonymous } from './mounts.js';
import { exposedPorts } from './ports.js';
import { emptyToNull, mapOf, setOf } from './values.js';

/** The Config of docker's inspect: what runs, whatever the host. */
export function containerConfig(container: Container): object {
  const { spec, resolved } = container;
  const { healthcheck } = resolved;
  const ports = exposedPorts(container);
  const volumes = spec.mounts.filter(isAnonymous).map(({ target }) => target);
  return {
    Hostname: resolved.hostname,
    Domainname: spec.domainname ?? '',
    User: resolved.user,
    AttachStdin: spec.attachStdin,
    AttachStdout: spec.attachStdout,
    AttachStderr: spec.attachStderr,
    ...(ports.length === 0 ? {} : { ExposedPorts: setOf(ports) }),
    Tty: spec.terminal,
    OpenStdin: spec.openStdin,
    StdinOnce: spec.stdinOnce,
    Env: resolved.env,
    Cmd: emptyToNull(resolved.command),
    ...(healthcheck === undefined ? {} : { Healthcheck: healthcheckOf(healthcheck) }),
    Image: spec.image,
    Volumes: volumes.length === 0 ? null : setOf(volumes),
    WorkingDir: resolved.workdir,
    Entrypoint: emptyToNull(resolved.entrypoint),
    OnBuild: null,
    Labels: mapOf(resolved.labels),
    StopSignal: resolved.stopSignal,
    ...(spec.stopTimeoutSeconds === undefined ? {} : { StopTimeout: spec.stopTimeoutSeconds }),
  };
}

/** Durations in nanoseconds; those that are not set are left out. */
export function healthcheckOf(check: Healthcheck): object {
  const fields = {
    Test: check.test,
    Interval: check.intervalNanos,
    Timeout: check.timeoutNanos,
    StartPeriod: check.startPeriodNanos,
    StartInterval: check.startIntervalNanos,
    Retries: check.retries,
  };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== 0n && value !== 0),
  );
}
