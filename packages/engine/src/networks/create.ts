import { randomBytes } from 'node:crypto';
import {
  AlreadyExistsError,
  FailedPreconditionError,
  InvalidArgumentError,
  isFullId,
  printable,
  type CallOptions,
  type CreatedNetwork,
  type NetworkSpec,
} from '@wharf/core';
import { ensureBridge } from './bridges.js';
import { builtInDrivers } from './built-in.js';
import { checkAllowed } from './check-networking.js';
import { refuseUnenforceable } from './egress.js';
import { networkEvent } from './events.js';
import type { NetworkContext } from './context.js';
import { readOptions, unknownOptions } from './options.js';
import { resolvePools } from './pools.js';
import type { NetworkRecord } from './records.js';

const drivers = ['bridge', 'macvlan', 'ipvlan'];
const limitMs = 30_000;

/** Record first, then the kernel; what fails leaves neither. */
export async function createNetwork(
  context: NetworkContext,
  asked: NetworkSpec,
  options: CallOptions,
): Promise<CreatedNetwork> {
  const spec = checkedSpec(context, asked);
  await using _ = await context.locks.acquire('networks', options);
  const holder = context.records.find(spec.name);
  if (holder !== undefined)
    throw new AlreadyExistsError(`network with name ${spec.name} already exists`, {
      facts: { name: spec.name, holder: holder.id },
    });
  const network = await newRecord(context, spec, options);
  context.records.insert(network, [networkEvent('create', network)]);
  context.addresses.add(network);
  await using undo = new AsyncDisposableStack();
  undo.defer(() => undoCreate(context, network));
  await Promise.all([ensureBridge(context, network, options), context.keeper.sync()]);
  undo.move();
  const unknown = unknownOptions(spec);
  return {
    id: network.id,
    warnings: unknown.map((key) => `the option ${printable(key)} is not known and changes nothing`),
  };
}

function checkedSpec(context: NetworkContext, asked: NetworkSpec): NetworkSpec {
  const spec = { ...asked, driver: asked.driver === '' ? 'bridge' : asked.driver };
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(spec.name) || spec.name.length > 255)
    throw new InvalidArgumentError(
      `invalid network name: ${printable(spec.name)}, only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
  if (isFullId(spec.name))
    throw new InvalidArgumentError(`invalid network name: ${spec.name}, it looks like an id`);
  if (Object.hasOwn(builtInDrivers, spec.name) || spec.name === 'default')
    throw new FailedPreconditionError(
      `operation is not permitted on predefined ${spec.name} network`,
    );
  if (spec.driver === 'host' || spec.driver === 'null' || spec.driver === 'none')
    throw new FailedPreconditionError(
      `only one instance of "${spec.driver === 'none' ? 'null' : spec.driver}" network is allowed`,
    );
  if (!drivers.includes(spec.driver))
    throw new InvalidArgumentError(
      `could not find plugin ${printable(spec.driver)}: drivers are ${drivers.join(', ')}`,
    );
  if (!context.ports.network.features.has(spec.driver))
    throw new FailedPreconditionError(
      `networks of driver ${spec.driver} are not possible: this kernel has none`,
    );
  if (!spec.ipv4 && !spec.ipv6) throw new InvalidArgumentError('IPv4 or IPv6 must be enabled');
  if (spec.ipam.driver !== '' && !['default', 'none', 'null'].includes(spec.ipam.driver))
    throw new InvalidArgumentError(`could not find IPAM driver ${printable(spec.ipam.driver)}`);
  for (const entry of spec.egress?.allow ?? []) checkAllowed(entry);
  refuseUnenforceable(undefined, '', [{ spec }]);
  const options = readOptions(spec);
  if (spec.driver !== 'bridge' && options.parent === '')
    throw new InvalidArgumentError(
      `a network of driver ${spec.driver} needs the interface of the host that it is on: --opt parent=NAME`,
    );
  return {
    ...spec,
    ipam: { ...spec.ipam, driver: spec.ipam.driver === '' ? 'default' : spec.ipam.driver },
  };
}

async function newRecord(
  context: NetworkContext,
  spec: NetworkSpec,
  options: CallOptions,
): Promise<NetworkRecord> {
  const id = randomBytes(32).toString('hex');
  const { bridgeName } = readOptions(spec);
  const name = bridgeName === '' ? `wb-${id.slice(0, 12)}` : bridgeName;
  const taken = context.records.networks().find((other) => other.bridgeName === name);
  if (taken !== undefined)
    throw new FailedPreconditionError(
      `bridge name ${name} is in use by network ${taken.spec.name}: choose another one`,
    );
  const pools = await resolvePools(context, spec, name, options);
  return {
    id,
    createdAt: new Date(),
    spec: { ...spec, ipam: { ...spec.ipam, pools } },
    builtIn: false,
    bridgeName: spec.driver === 'bridge' ? name : '',
    dns: [],
  };
}

async function undoCreate(context: NetworkContext, network: NetworkRecord): Promise<void> {
  const signal = AbortSignal.timeout(limitMs);
  context.records.remove(network.id, [networkEvent('destroy', network)]);
  context.addresses.drop(network.id);
  if (network.bridgeName !== '')
    await context.ports.network
      .removeInterface(network.bridgeName, { signal })
      .catch(() => undefined);
  await context.keeper.sync();
}
