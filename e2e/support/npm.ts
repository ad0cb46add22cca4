import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '@wharf/core';
import { run } from '@wharf/testing';

async function npm(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run('npm', ['--loglevel=error', ...args]);
  if (code === 0) return stdout.trim();
  throw new UnavailableError(stderr.replace(/^npm error +/, ''));
}

/** Why this machine cannot load packages of npm, in one line; undefined when it can. */
export async function npmFault(): Promise<string | undefined> {
  const flags = ['--fetch-retries=0', '--fetch-timeout=15000'];
  return npm('ping', ...flags).then(
    () => undefined,
    (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)).split('\n')[0],
  );
}

/** A file for ~/.npmrc, in this folder, by which packages are loaded from where this machine does. */
export async function npmrcOfHost(folder: string): Promise<string> {
  const own = await readFile(await npm('config', 'get', 'userconfig'), 'utf8').catch(() => '');
  const path = join(folder, 'npmrc');
  const registry = await npm('config', 'get', 'registry');
  await writeFile(path, `${own}\nregistry=${registry}\n`, { mode: 0o600 });
  return path;
}
