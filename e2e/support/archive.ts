import { access, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@wharf/testing';

/** How this machine reaches Debian's archive, for programs that have to reach it likewise. */
export interface DebianArchive {
  /** Files with sources, in the forms that apt reads. */
  readonly sources: readonly string[];
  /** What apt is told about the way: proxies and the like. */
  readonly aptConfig: string;
  readonly environment: Readonly<Record<string, string>>;
}

const keyFolders = ['/usr/share/keyrings', '/etc/apt/keyrings', '/etc/apt/trusted.gpg.d'];
const proxyNames = ['http_proxy', 'https_proxy', 'no_proxy'];

/** The archive as apt of this machine has it; undefined when none of its sources answers. */
export async function findArchive(dir: string): Promise<DebianArchive | undefined> {
  const aptConfig = join(dir, 'way.conf');
  const { stdout } = await run('apt-config', ['dump', 'Acquire']);
  const lines = stdout.split('\n').filter((line) => line.startsWith('Acquire::'));
  await writeFile(aptConfig, `${lines.join('\n')}\n`);
  if (!(await answers(dir))) return undefined;
  return { sources: await sourceFiles(), aptConfig, environment: proxies() };
}

/** The flags of `run` that let apt of a container go the same way. */
export async function archiveFlags(archive: DebianArchive): Promise<string[]> {
  const folders = [...keyFolders, '/etc/apt/sources.list.d', '/etc/ssl/certs'];
  const mounts = await Promise.all(
    [...folders, '/etc/apt/sources.list'].map(async (path) =>
      (await exists(path)) ? ['-v', `${path}:${path}:ro`] : [],
    ),
  );
  const config = ['-v', `${archive.aptConfig}:/etc/apt/apt.conf.d/99way:ro`];
  const variables = Object.entries(archive.environment).map(([name, value]) => `${name}=${value}`);
  return [...mounts.flat(), ...config, ...variables.flatMap((variable) => ['-e', variable])];
}

async function answers(dir: string): Promise<boolean> {
  const format = '$(REPO_URI)dists/$(RELEASE)/InRelease';
  const targets = await run('apt-get', ['indextargets', '--format', format]);
  const addresses = new Set(targets.stdout.split('\n').filter((line) => line !== ''));
  for (const address of addresses) {
    const args = ['-o', 'Acquire::Retries=0', 'download-file', address, join(dir, 'InRelease')];
    const probe = await run('/usr/lib/apt/apt-helper', args).catch(() => undefined);
    if (probe?.code === 0) return true;
  }
  return false;
}

async function sourceFiles(): Promise<string[]> {
  const dir = '/etc/apt/sources.list.d';
  const names = (await readdir(dir).catch(() => [])).filter((name) =>
    /\.(list|sources)$/.test(name),
  );
  const list = '/etc/apt/sources.list';
  return [...((await exists(list)) ? [list] : []), ...names.map((name) => join(dir, name))];
}

function proxies(): Record<string, string> {
  const found = proxyNames.map((name) => [name, process.env[name] ?? '']);
  return Object.fromEntries(found.filter(([, value]) => value !== ''));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
