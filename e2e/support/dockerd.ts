import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { openSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '@wharf/core';
import { leaks, newFolders, sweep, tempDir } from '@wharf/testing';
import { Tool } from './tool.js';

const library = join(import.meta.dirname, '../../tools/lib');
const startMs = 30_000;
const stopMs = 20_000;

/** Debian's docker.io with a dockerd of its own; disposing ends it and fails if the host still holds anything of it. */
export interface Docker extends AsyncDisposable {
  readonly docker: Tool;
  /** For files of the test; goes with the daemon. */
  readonly work: string;
}

export async function startDockerd(): Promise<Docker> {
  await using undo = new AsyncDisposableStack();
  const folder = await tempDir('wharf-interop-docker-');
  const work = folder.path;
  const id = basename(work);
  const scope = { id, roots: [work], cgroupParent: `/${id}` };
  undo.defer(() => leaks(scope));
  undo.use(newFolders('/run/docker', '/run/docker/plugins'));
  undo.use(folder);
  undo.defer(() => sweep(scope));

  await mkdir(join(work, 'config'));
  await writeFile(join(work, 'config/config.json'), '{}');
  const env = {
    DOCKER_HOST: `unix://${work}/docker.sock`,
    DOCKER_CONFIG: join(work, 'config'),
    DOCKER_BUILDKIT: '0',
  };
  const docker = new Tool('/usr/bin/docker', [], env);
  undo.defer(await daemon(work, docker));
  undo.defer(async () => {
    const ids = (await docker.ok(['ps', '-aq'])).split('\n').filter(Boolean);
    if (ids.length > 0) await docker.ok(['rm', '-f', '-v', ...ids]);
  });
  const end = undo.move();
  return { docker, work, [Symbol.asyncDispose]: () => end.disposeAsync() };
}

/** Gives what ends it: SIGTERM, so that it ends its containerd, then SIGKILL. */
async function daemon(work: string, docker: Tool): Promise<() => Promise<void>> {
  const log = join(work, 'dockerd.log');
  const output = openSync(log, 'a');
  const script = '. "$0/env.sh"; . "$0/docker.sh"; require_docker; exec_dockerd "$1"';
  const child = spawn('bash', ['-c', script, library, work], {
    stdio: ['ignore', output, output],
  });
  const exited = once(child, 'exit');
  exited.catch(() => undefined);
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await Promise.race([exited, sleep(stopMs, undefined, { ref: false })]);
    child.kill('SIGKILL');
    await exited;
  };
  const deadline = performance.now() + startMs;
  while ((await docker.cli(['version'])).code !== 0) {
    if (child.exitCode === null && performance.now() < deadline) {
      await sleep(100);
      continue;
    }
    await stop();
    throw new UnavailableError(`dockerd does not answer: ${await readFile(log, 'utf8')}`);
  }
  return stop;
}
