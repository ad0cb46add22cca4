import fc from 'fast-check';
import type { Process, ProcessSpec } from '@wharf/core';
import { containerId, execId, flag, int32, natural, record, texts, word } from './values.js';

export const processSpec: fc.Arbitrary<ProcessSpec> = record<
  ProcessSpec,
  Exclude<keyof ProcessSpec, 'user' | 'workdir' | 'size'>
>(
  {
    args: texts,
    env: texts,
    terminal: flag,
    attachStdin: flag,
    attachStdout: flag,
    attachStderr: flag,
    privileged: flag,
    detach: flag,
  },
  {
    user: word,
    workdir: word,
    size: fc.record({ rows: fc.nat(65_535), columns: fc.nat(65_535) }),
  },
);

export const process: fc.Arbitrary<Process> = fc.record({
  id: execId,
  containerId,
  spec: processSpec,
  running: flag,
  pid: natural,
  exitCode: int32,
});
