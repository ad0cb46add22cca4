import { availableParallelism, hostname, machine, release, totalmem } from 'node:os';
import { access } from 'node:fs/promises';
import { allCapabilities } from '@wharf/oci';
import type { HostFacts } from '@wharf/engine/ports';
import { readCgroupFacts } from './cgroup-facts.js';
import { degradations } from './degraded.js';
import { parseHardLimits } from './limits.js';
import { field, readText } from './read.js';

/** What the host is like; read once, when the daemon starts. */
export async function readHostFacts(): Promise<HostFacts> {
  const [cgroup, status, limits, bootId, osRelease, appArmor, seccomp] = await Promise.all([
    readCgroupFacts(),
    readText('/proc/self/status'),
    readText('/proc/self/limits'),
    readText('/proc/sys/kernel/random/boot_id'),
    readText('/etc/os-release').then((text) => text || readText('/usr/lib/os-release')),
    hasAppArmor(),
    exists('/proc/sys/kernel/seccomp/actions_avail'),
  ]);
  const capabilities = capabilityNames(field(status, 'CapBnd') ?? '');
  const facts = {
    bootId: bootId.trim(),
    cgroupVersion: cgroup.version,
    controllers: cgroup.controllers,
    appArmor,
    seccomp,
    swapAccounting: cgroup.swapAccounting,
    kernelVersion: release(),
    operatingSystem: prettyName(osRelease),
    architecture: machine(),
    cpus: availableParallelism(),
    cpusetCpus: cgroup.cpus,
    cpusetMems: cgroup.mems,
    memory: totalmem(),
    capabilities,
    hardLimits: parseHardLimits(limits),
    canRaiseLimits: capabilityNames(field(status, 'CapEff') ?? '').includes('CAP_SYS_RESOURCE'),
    hostname: hostname(),
  };
  return { ...facts, degraded: degradations({ ...facts, hybrid: cgroup.hybrid }) };
}

/** Names in a mask of proc(5) status, `000001ffffffffff`. */
export function capabilityNames(mask: string): readonly string[] {
  const bits = /^[0-9a-f]{1,16}$/.test(mask) ? BigInt(`0x${mask}`) : 0n;
  return allCapabilities.filter((_, i) => ((bits >> BigInt(i)) & 1n) === 1n);
}

/** PRETTY_NAME of os-release(5). */
export function prettyName(text: string): string {
  const line = text.split('\n').find((each) => each.startsWith('PRETTY_NAME='));
  const value = line?.slice('PRETTY_NAME='.length).trim() ?? '';
  const unquoted = /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
  return unquoted === '' ? 'Linux' : unquoted;
}

async function hasAppArmor(): Promise<boolean> {
  const enabled = await readText('/sys/module/apparmor/parameters/enabled');
  return enabled.startsWith('Y') && exists('/sys/kernel/security/apparmor');
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
