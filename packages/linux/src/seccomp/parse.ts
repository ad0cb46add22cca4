import { InvalidArgumentError, printable } from '@wharf/core';
import {
  Fields,
  parseJson,
  type RuntimeSeccompAction,
  type RuntimeSeccompOperator,
} from '@wharf/oci';
import type { ArgumentTest, ProfileRule, RuleFilter, SeccompProfile } from './profile.js';

const maxBytes = 1024 * 1024;
const maxRules = 4096;
const maxNames = 2048;
const maxName = 64;
const maxErrno = 4095;
const lastArgument = 5;

const actions: ReadonlySet<string> = new Set<RuntimeSeccompAction>([
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_LOG',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_TRAP',
]);
const operators: ReadonlySet<string> = new Set<RuntimeSeccompOperator>([
  'SCMP_CMP_NE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_EQ',
  'SCMP_CMP_GE',
  'SCMP_CMP_GT',
  'SCMP_CMP_MASKED_EQ',
]);
const flags: ReadonlySet<string> = new Set([
  'SECCOMP_FILTER_FLAG_LOG',
  'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
  'SECCOMP_FILTER_FLAG_TSYNC',
]);

/**
 * Reads a profile as docker and podman write them, the plain form of the runtime specification included.
 * @throws invalid-argument naming the field; SCMP_ACT_NOTIFY is refused, nobody would answer
 */
export function parseProfile(text: string): SeccompProfile {
  const document = 'seccomp profile';
  let fields: Fields;
  try {
    fields = new Fields(document, parseJson(Buffer.from(text), { maxBytes }));
  } catch (cause) {
    throw new InvalidArgumentError(`decoding seccomp profile failed: ${messageOf(cause)}`, {
      cause,
    });
  }
  if (fields.has('listenerPath')) throw fields.fail('listenerPath', 'is not supported');
  const defaultErrno = fields.count('defaultErrnoRet');
  const architectures = fields.strings('architectures', 16, maxName) ?? [];
  const archMap = fields.list('archMap', 16, readGroup) ?? [];
  if (architectures.length > 0 && archMap.length > 0) {
    throw fields.fail('architectures', 'and archMap exclude each other');
  }
  return {
    defaultAction: action(fields, 'defaultAction'),
    ...(defaultErrno === undefined
      ? {}
      : { defaultErrno: errno(fields, 'defaultErrnoRet', defaultErrno) }),
    archMap,
    architectures,
    flags: (fields.strings('flags', 8, maxName) ?? []).map((flag) =>
      oneOf(fields, 'flags', flag, flags),
    ),
    rules: fields.list('syscalls', maxRules, readRule) ?? [],
  };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function readGroup(fields: Fields): SeccompProfile['archMap'][number] {
  return {
    architecture: fields.requiredString('architecture', maxName),
    others: fields.strings('subArchitectures', 16, maxName) ?? [],
  };
}

function readRule(fields: Fields): ProfileRule {
  const single = fields.string('name', maxName);
  const several = fields.strings('names', maxNames, maxName) ?? [];
  if (single !== undefined && several.length > 0) {
    throw fields.fail('name', 'and names exclude each other');
  }
  const names = single === undefined ? several : [single];
  for (const name of names) {
    if (!/^[a-z0-9_]+$/i.test(name)) throw fields.fail('names', `has ${printable(name)}`);
  }
  const errnoRet = fields.count('errnoRet');
  return {
    names,
    action: action(fields, 'action'),
    ...(errnoRet === undefined ? {} : { errno: errno(fields, 'errnoRet', errnoRet) }),
    args: fields.list('args', 16, readTest) ?? [],
    includes: readFilter(fields, 'includes'),
    excludes: readFilter(fields, 'excludes'),
  };
}

function readTest(fields: Fields): ArgumentTest {
  const index = fields.requiredCount('index');
  if (index > lastArgument) throw fields.fail('index', `must be 0 to ${lastArgument}`);
  return {
    index,
    value: fields.requiredCount('value'),
    valueTwo: fields.count('valueTwo') ?? 0,
    op: oneOf(
      fields,
      'op',
      fields.requiredString('op', maxName),
      operators,
    ) as RuntimeSeccompOperator,
  };
}

function readFilter(rule: Fields, key: string): RuleFilter {
  const filter = rule.nested(key, (fields) => {
    const minKernel = fields.string('minKernel', 32);
    if (minKernel !== undefined && !/^\d{1,4}\.\d{1,4}$/.test(minKernel)) {
      throw fields.fail('minKernel', 'must be like 4.8');
    }
    return {
      caps: fields.strings('caps', maxName, maxName) ?? [],
      arches: fields.strings('arches', maxName, maxName) ?? [],
      ...(minKernel === undefined ? {} : { minKernel }),
    };
  });
  return filter ?? { caps: [], arches: [] };
}

function action(fields: Fields, key: string): RuntimeSeccompAction {
  return oneOf(fields, key, fields.requiredString(key, maxName), actions) as RuntimeSeccompAction;
}

function errno(fields: Fields, key: string, value: number): number {
  if (value > maxErrno) throw fields.fail(key, `must be 0 to ${maxErrno}`);
  return value;
}

function oneOf(fields: Fields, key: string, value: string, known: ReadonlySet<string>): string {
  if (known.has(value)) return value;
  throw fields.fail(key, `is ${printable(value)}, which is not supported`);
}
