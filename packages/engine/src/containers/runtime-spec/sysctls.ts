import type { ContainerSpec, NamespaceModes } from '@wharf/core';
import { invalid, quoted } from './names.js';
import { ownIpc, ownNetwork } from './namespaces.js';

/** Those of proc_sys_kernel(5) and mq_overview(7) that belong to an IPC namespace; all else of kernel.* is the host's. */
const ofIpc = new Set([
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
]);
const grammar = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){1,15}$/;
const maxValue = 4096;
const maxSysctls = 256;

/** Only names that act inside one of the container's own namespaces. @throws invalid-argument for any other */
export function checkSysctls(
  sysctls: Readonly<Record<string, string>>,
  modes: NamespaceModes,
): void {
  const entries = Object.entries(sysctls);
  if (entries.length > maxSysctls) throw invalid(`more than ${maxSysctls} sysctls`, '--sysctl');
  for (const [name, value] of entries) {
    checkName(name, modes);
    if (value === '' || value.length > maxValue || !/^[\t\n -~]*$/.test(value)) {
      throw invalid(`sysctl '${quoted(name)}' has no valid value`, '--sysctl');
    }
  }
}

function checkName(name: string, { network, ipc, uts }: NamespaceModes): void {
  const refuse = (why: string) => invalid(`sysctl '${quoted(name)}' ${why}`, '--sysctl');
  if (name.length > 256 || !grammar.test(name)) throw refuse('is not allowed');
  if (name.startsWith('net.')) {
    if (network === 'host') throw refuse('is not allowed in the host network namespace');
    return;
  }
  if (ofIpc.has(name) || name.startsWith('fs.mqueue.')) {
    if (ipc === 'host') throw refuse('is not allowed in the host ipc namespace');
    return;
  }
  if (name === 'kernel.domainname') {
    if (uts === 'host') throw refuse('is not allowed in the host uts namespace');
    return;
  }
  throw refuse('is not allowed');
}

/** The caller's over the defaults, by which ping and low ports need no capability. */
export function buildSysctls(
  spec: ContainerSpec,
  modes: NamespaceModes,
): Readonly<Record<string, string>> {
  checkSysctls(spec.sysctls, modes);
  const domainname = spec.domainname ?? '';
  return {
    ...(ownNetwork(modes.network)
      ? {
          'net.ipv4.ip_unprivileged_port_start': '0',
          'net.ipv4.ping_group_range': '0 2147483647',
        }
      : {}),
    ...(domainname !== '' && modes.uts !== 'host' ? { 'kernel.domainname': domainname } : {}),
    ...spec.sysctls,
  };
}
