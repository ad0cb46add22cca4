import { parseContainerId, parseExecId } from '@wharf/core';
import type { Process, ProcessSpec } from '@wharf/core';
import type * as wire from '../gen/wharf/v1/processes.js';
import { terminalSizeFromWire } from './streams.js';
import { defined, listFromWire, required, textOrAbsent } from './values.js';

export function processSpecToWire(container: string, spec: ProcessSpec): wire.ProcessSpec {
  return {
    container,
    args: [...spec.args],
    env: [...spec.env],
    user: spec.user ?? '',
    workdir: spec.workdir ?? '',
    terminal: spec.terminal,
    attachStdin: spec.attachStdin,
    attachStdout: spec.attachStdout,
    attachStderr: spec.attachStderr,
    privileged: spec.privileged,
    detach: spec.detach,
    size: spec.size && { ...spec.size },
  };
}

export function processSpecFromWire(spec: wire.ProcessSpec): ProcessSpec {
  return defined({
    args: listFromWire(spec.args, 'args'),
    env: listFromWire(spec.env, 'env'),
    user: textOrAbsent(spec.user),
    workdir: textOrAbsent(spec.workdir),
    terminal: spec.terminal,
    attachStdin: spec.attachStdin,
    attachStdout: spec.attachStdout,
    attachStderr: spec.attachStderr,
    privileged: spec.privileged,
    detach: spec.detach,
    size: spec.size && terminalSizeFromWire(spec.size),
  });
}

export function processToWire(process: Process): wire.Process {
  return {
    id: process.id,
    containerId: process.containerId,
    spec: processSpecToWire(process.containerId, process.spec),
    running: process.running,
    pid: process.pid,
    exitCode: process.exitCode,
  };
}

export function processFromWire(message: wire.Process | undefined): Process {
  const process = required(message, 'process');
  return {
    id: parseExecId(process.id),
    containerId: parseContainerId(process.containerId),
    spec: processSpecFromWire(required(process.spec, 'process.spec')),
    running: process.running,
    pid: process.pid,
    exitCode: process.exitCode,
  };
}
