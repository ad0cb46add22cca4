import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenedSandbox } from '../networks/sandboxes.js';
import type { ContainerRecord } from './records.js';

export type EtcContent = Pick<OpenedSandbox, 'hosts' | 'resolvConf'>;

/** Writes hosts, hostname and resolv.conf as the container shall see them; they are bind-mounted, so the image's own stay untouched. */
export async function writeEtcFiles(
  directory: string,
  { spec, resolved }: Pick<ContainerRecord, 'spec' | 'resolved'>,
  sandbox: EtcContent | undefined,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const { hostname, networkMode } = resolved;
  const { hosts, resolvConf } =
    sandbox ?? (await etcContent(hostname, spec.domainname, networkMode));
  await Promise.all([
    writeFile(join(directory, 'hosts'), hosts, { mode: 0o644 }),
    writeFile(join(directory, 'hostname'), `${hostname}\n`, { mode: 0o644 }),
    writeFile(join(directory, 'resolv.conf'), resolvConf, { mode: 0o644 }),
  ]);
}

/** What hosts and resolv.conf say where there is no network of ours. */
export async function etcContent(
  hostname: string,
  domainname: string | undefined,
  networkMode: string,
): Promise<EtcContent> {
  const shared = networkMode === 'host' || networkMode.startsWith('container:');
  return {
    hosts: shared ? await readHost('/etc/hosts') : ownHosts(hostname, domainname),
    resolvConf: networkMode === 'none' ? '' : await readHost('/etc/resolv.conf'),
  };
}

function ownHosts(hostname: string, domainname: string | undefined): string {
  const names =
    domainname === undefined || domainname === ''
      ? hostname
      : `${hostname}.${domainname} ${hostname}`;
  return [
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::\tip6-localnet',
    'ff00::\tip6-mcastprefix',
    'ff02::1\tip6-allnodes',
    'ff02::2\tip6-allrouters',
    `127.0.1.1\t${names}`,
    '',
  ].join('\n');
}

async function readHost(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
