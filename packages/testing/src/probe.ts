import { createHash } from 'node:crypto';
import { access, chmod, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';
import { run } from './run.js';

const source = join(import.meta.dirname, '../probe/probe.c');
const cache = join(import.meta.dirname, '../../../node_modules/.cache/wharf-probe');

/**
 * The path of the static program that tests and measures of networks use as client and server; the head of probe.c
 * says what it does. Compiled once for each version of its source.
 */
export async function probeProgram(): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(source))
    .digest('hex')
    .slice(0, 16);
  const path = join(cache, `probe-${hash}`);
  if (
    await access(path).then(
      () => true,
      () => false,
    )
  )
    return path;
  await mkdir(cache, { recursive: true });
  const draft = `${path}.${process.pid}`;
  const { code, stderr } = await run('cc', ['-O2', '-static', '-o', draft, source]);
  if (code !== 0) throw new FailedPreconditionError(`probe.c does not compile: ${stderr}`);
  await chmod(draft, 0o755);
  await rename(draft, path);
  return path;
}
