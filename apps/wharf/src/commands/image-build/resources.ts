import { InvalidArgumentError, type BuildResources } from '@wharf/core';
import { withoutBrackets } from '../spec/addresses.js';
import { parseCpus } from '../spec/cpus.js';
import { parseExtraHost } from '../spec/hosts.js';
import { parseUlimit } from '../spec/ulimit.js';
import type { BuildFlags } from './flags.js';

const defaultPeriod = 100_000;

/** What each RUN gets. @throws InvalidArgumentError for limits that exclude each other */
export function resourcesOf(flags: BuildFlags): BuildResources {
  const { memory, memorySwap } = flags;
  if (memorySwap > 0 && memory === 0) {
    throw new InvalidArgumentError('--memory-swap needs --memory');
  }
  if (memorySwap > 0 && memorySwap < memory) {
    throw new InvalidArgumentError(
      '--memory-swap is of memory and swap together: it must not be less than --memory',
    );
  }
  return {
    network: flags.network,
    extraHosts: flags.addHost.map(parseExtraHost),
    ulimits: flags.ulimit.map(parseUlimit),
    shmSize: BigInt(flags.shmSize),
    memory: BigInt(memory),
    memorySwap: BigInt(memorySwap),
    nanoCpus: nanoCpusOf(flags),
    cpuShares: BigInt(flags.cpuShares),
    cpusetCpus: flags.cpusetCpus,
    cgroupParent: flags.cgroupParent,
    dns: flags.dns.map(withoutBrackets),
  };
}

/** Quota and period say the same as --cpus. */
function nanoCpusOf({ cpus, cpuQuota, cpuPeriod }: BuildFlags): bigint {
  if (cpus !== undefined && (cpuQuota !== 0 || cpuPeriod !== 0)) {
    throw new InvalidArgumentError('--cpus and --cpu-quota exclude each other');
  }
  if (cpus !== undefined) return parseCpus(cpus);
  if (cpuQuota <= 0) return 0n;
  return (BigInt(cpuQuota) * 1_000_000_000n) / BigInt(cpuPeriod > 0 ? cpuPeriod : defaultPeriod);
}
