import type { CallOptions } from '@wharf/core';
import type { SegmentSpec } from '@wharf/engine/ports';
import { changeLink, createVeth, deleteLink, type LinkFields } from '../netlink/link.js';
import { ensureBridge } from './ensure-bridge.js';
import type { HostLink } from './host-link.js';

export interface SegmentContext {
  readonly host: HostLink;
  readonly ipv6: boolean;
}

/**
 * A bridge without addresses, joined to a network's first one by a pair of interfaces. The port of the first bridge is
 * isolated as those of containers are; the one of this bridge is not, since it leads to the gateway.
 */
export async function ensureSegment(
  { host, ipv6 }: SegmentContext,
  { bridge, first, up, down }: SegmentSpec,
  options: CallOptions,
): Promise<void> {
  await ensureBridge(host, bridge, options);
  const upper = await host.find(first, options);
  const lower = await host.find(bridge.name, options);
  const [near, far] = [await host.find(up, options), await host.find(down, options)];
  const joined =
    near?.up === true &&
    far?.up === true &&
    near.master === upper?.index &&
    far.master === lower?.index;
  if (joined) return;
  if (near !== undefined)
    await host.run([deleteLink({ name: up })], { ...options, tolerated: ['ENODEV'] });
  const { mtu, owner, isolated } = bridge;
  const quiet: LinkFields = ipv6 ? { noLinkLocal: true } : {};
  const end = (name: string, index: number, more: LinkFields): ReturnType<typeof changeLink>[] => [
    changeLink({ name, master: index }),
    changeLink({ name, alias: owner, ...quiet, ...more }),
    changeLink({ name, up: true }),
  ];
  await host.run(
    [
      createVeth({ name: up, mtu, alias: owner, peer: { name: down, mtu } }),
      ...end(up, upper?.index ?? 0, { isolated }),
      ...end(down, lower?.index ?? 0, {}),
    ],
    options,
  );
}
