import { InvalidArgumentError, type ContainerState, type Filters } from '@wharf/core';
import { hasLabel } from '../images/filter.js';
import type { ContainerContext } from './dependencies.js';
import { portsFilter } from './filter-ports.js';
import type { ContainerRecord } from './records.js';

type Test = (record: ContainerRecord) => boolean;

const statuses = ['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead'];

/** A predicate for `ps --filter`; unknown keys and values are invalid-argument. */
export function containerFilter(context: ContainerContext, filters: Filters | undefined): Test {
  const tests = [...(filters ?? [])].map(([key, values]) => oneTest(context, key, values));
  return (record) => tests.every((test) => test(record));
}

function oneTest(context: ContainerContext, key: string, values: readonly string[]): Test {
  switch (key) {
    case 'id':
      return (record) => values.some((value) => record.id.startsWith(value));
    case 'name':
      return (record) => values.some((value) => nameMatches(record.name, value));
    case 'label':
      return (record) => values.every((value) => hasLabel(record.resolved.labels, value));
    case 'status':
      return statusTest(values);
    case 'exited':
      return exitedTest(values);
    case 'ancestor':
      return (record) => values.some((value) => isAncestor(record, value));
    case 'before':
      return relativeTest(context, values, (a, b) => a.createdAt < b.createdAt);
    case 'since':
      return relativeTest(context, values, (a, b) => a.createdAt > b.createdAt);
    case 'health':
      return (record) => values.includes(healthOf(record.state));
    case 'network':
      return ({ id, resolved }) =>
        values.includes(resolved.networkMode) ||
        context.networks
          .describe(id)
          .endpoints.some(
            ({ networkName, networkId }) =>
              values.includes(networkName) || values.some((value) => networkId.startsWith(value)),
          );
    case 'publish':
      return publishTest(context, values);
    case 'expose':
      return exposeTest(context, values);
    case 'volume':
      return (record) =>
        record.resolved.mounts.some(
          (mount) =>
            values.includes(mount.target) ||
            values.includes(mount.name) ||
            values.includes(mount.source),
        );
    default:
      throw new InvalidArgumentError(`invalid filter '${key}'`);
  }
}

/** By the number outside. */
function publishTest(context: ContainerContext, values: readonly string[]): Test {
  const wanted = portsFilter('publish', values);
  return ({ id }) =>
    context.networks
      .describe(id)
      .ports.some(({ hostPort, protocol }) => wanted({ number: hostPort, protocol }));
}

/** By the number inside, of the image's too. */
function exposeTest(context: ContainerContext, values: readonly string[]): Test {
  const wanted = portsFilter('expose', values);
  return ({ id, spec }) =>
    [...context.networks.describe(id).ports, ...spec.networking.ports].some(
      ({ containerPort, protocol }) => wanted({ number: containerPort, protocol }),
    );
}

/** Docker matches regular expressions; a literal part with the anchors ^ and $ is what people use, and is linear. */
function nameMatches(name: string, pattern: string): boolean {
  let wanted = pattern;
  const start = wanted.startsWith('^');
  if (start) wanted = wanted.slice(1);
  const end = wanted.endsWith('$');
  if (end) wanted = wanted.slice(0, -1);
  if (wanted.startsWith('/')) wanted = wanted.slice(1);
  if (start && end) return name === wanted;
  if (start) return name.startsWith(wanted);
  if (end) return name.endsWith(wanted);
  return name.includes(wanted);
}

function statusTest(values: readonly string[]): Test {
  for (const value of values) {
    if (!statuses.includes(value)) {
      throw new InvalidArgumentError(
        `invalid filter 'status=${value}': one of ${statuses.join(', ')}`,
      );
    }
  }
  return ({ state }) => values.includes(state.status === 'starting' ? 'created' : state.status);
}

function exitedTest(values: readonly string[]): Test {
  const codes = values.map((value) => {
    const code = Number(value);
    if (!Number.isInteger(code))
      throw new InvalidArgumentError(`invalid filter 'exited=${value}': a number`);
    return code;
  });
  return ({ state }) => state.status === 'exited' && codes.includes(state.exitCode);
}

function isAncestor(record: ContainerRecord, value: string): boolean {
  const { imageId } = record.resolved;
  const hex = value.startsWith('sha256:') ? value.slice(7) : value;
  const bare = (name: string): string => (name.endsWith(':latest') ? name.slice(0, -7) : name);
  return (
    bare(record.spec.image) === bare(value) || (hex.length >= 4 && imageId.slice(7).startsWith(hex))
  );
}

function relativeTest(
  context: ContainerContext,
  values: readonly string[],
  compare: (a: ContainerRecord, b: ContainerRecord) => boolean,
): Test {
  const others = values.map((value) => context.records.lookup(value));
  return (record) => others.some((other) => other.id !== record.id && compare(record, other));
}

function healthOf(state: ContainerState): string {
  return 'health' in state && state.health !== undefined ? state.health.status : 'none';
}
