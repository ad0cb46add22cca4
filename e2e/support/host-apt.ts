import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@wharf/testing';

const proxies = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

/** How this machine reaches Debian's archive, found out while the test runs. */
export interface HostApt {
  readonly suite: string;
  /** Files of sources. */
  readonly sources: readonly string[];
  /** A configuration file with what is set about downloads. */
  readonly configuration: string;
  /** Variables that name a proxy, for -e. */
  readonly proxies: readonly string[];
}

export async function hostApt(): Promise<HostApt> {
  const release = await readFile('/etc/os-release', 'utf8');
  const folder = '/etc/apt/sources.list.d';
  const names = (await readdir(folder)).filter((name) => /\.(list|sources)$/.test(name));
  const files = ['/etc/apt/sources.list', ...names.map((name) => join(folder, name))];
  const { stdout } = await run('apt-config', ['dump', 'Acquire']);
  return {
    suite: /^VERSION_CODENAME="?(\w+)/m.exec(release)?.[1] ?? 'stable',
    sources: await debianOnes(files.filter((file) => existsSync(file))),
    configuration: stdout,
    proxies: proxies.filter((name) => process.env[name] !== undefined),
  };
}

/** Without the sources of others, whose keys the container lacks. */
async function debianOnes(files: readonly string[]): Promise<string[]> {
  const contents = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return files.filter(
    (_, i) => /debian/.test(contents[i] ?? '') && !/nodesource/.test(contents[i] ?? ''),
  );
}
