import type { NetworkContext } from './context.js';
import type { FlowFilter } from './ports.js';
import type { SandboxRecord } from './sandbox-record.js';

const limitMs = 10_000;

/**
 * Datagrams that go on without a pause keep the translation with which they began: to a container that has ended, or to
 * nobody, where the port was not published yet. They are looked at anew.
 */
export async function forgetStaleFlows(
  { ports, logger }: NetworkContext,
  sandbox: SandboxRecord,
): Promise<void> {
  const filters = sandbox.bound
    .filter(({ protocol }) => protocol !== 'tcp')
    .map(({ protocol, hostPort, hostAddress }): FlowFilter => {
      const family = hostAddress.includes(':') ? 'ipv6' : 'ipv4';
      return { family, protocol, port: hostPort };
    });
  if (filters.length === 0) return;
  const options = { signal: AbortSignal.timeout(limitMs) };
  try {
    await ports.network.forgetFlows(filters, options);
  } catch (error) {
    logger.warn('flows to a port that changed hands could not be forgotten', {
      containerId: sandbox.containerId,
      error,
    });
  }
}
