import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NotFoundError } from '@wharf/core';

const root = '/sys/fs/cgroup';

/** Where a limit is found: the controller of version 1 with its file, and the file of version 2. */
export interface Limit {
  readonly controller: string;
  readonly v1: string;
  readonly v2: string;
}

/** Reads what the kernel holds for the cgroup of a process. */
export async function readLimit(pid: number, { controller, v1, v2 }: Limit): Promise<string> {
  const lines = (await readFile(`/proc/${pid}/cgroup`, 'utf8')).split('\n').map((line) => {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return { controllers: controllers.split(','), path };
  });
  const old = lines.find(({ controllers }) => controllers.includes(controller));
  const unified = lines.find(({ controllers, path }) => controllers[0] === '' && path !== '');
  const file =
    old !== undefined ? join(root, controller, old.path, v1) : join(root, unified?.path ?? '', v2);
  const content = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new NotFoundError('cgroup file', file, { cause });
  });
  return content.trim();
}
