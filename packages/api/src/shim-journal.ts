import { HealthStatus, type JournalEntry } from './gen/wharf/shim/v1/task.js';

type What = NonNullable<JournalEntry['what']>;
type Timestamp = NonNullable<JournalEntry['time']>;
type Json = Readonly<Record<string, unknown>>;

const healthNames = {
  [HealthStatus.UNSPECIFIED]: 'HEALTH_STATUS_UNSPECIFIED',
  [HealthStatus.STARTING]: 'HEALTH_STATUS_STARTING',
  [HealthStatus.HEALTHY]: 'HEALTH_STATUS_HEALTHY',
  [HealthStatus.UNHEALTHY]: 'HEALTH_STATUS_UNHEALTHY',
} as const;

/** Milliseconds since the epoch as protobuf's Timestamp. */
export function toTimestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.floor((ms - seconds * 1000) * 1e6) };
}

/** The inverse of `toTimestamp`, to the millisecond; the epoch for undefined. */
export function fromTimestamp(time: Timestamp | undefined): Date {
  return new Date(Number(time?.seconds ?? 0n) * 1000 + Math.floor((time?.nanos ?? 0) / 1e6));
}

/** One line of a journal file, its line feed included: protobuf JSON. */
export function encodeJournalLine(entry: JournalEntry): string {
  const line = {
    sequence: String(entry.sequence),
    time: fromTimestamp(entry.time).toISOString(),
    ...(entry.what === undefined ? {} : whatToJson(entry.what)),
  };
  return `${JSON.stringify(line)}\n`;
}

function whatToJson(what: What): Json {
  switch (what.$case) {
    case 'started': {
      const { startTicks, ...rest } = what.value;
      return { started: { ...rest, startTicks: String(startTicks) } };
    }
    case 'exited': {
      const { exitCode, oomKilled, error, restartDelayMillis: delay } = what.value;
      const restart = delay === undefined ? {} : { restartDelayMillis: String(delay) };
      return { exited: { exitCode, oomKilled, error, ...restart } };
    }
    case 'health': {
      const { status, failingStreak, start, end, exitCode, output } = what.value;
      return {
        health: {
          status: healthNames[status],
          failingStreak,
          start: fromTimestamp(start).toISOString(),
          end: fromTimestamp(end).toISOString(),
          exitCode,
          output,
        },
      };
    }
    case 'oom':
      return { oom: {} };
    case 'execExited':
      return { execExited: { execId: what.value.execId, exitCode: what.value.exitCode } };
  }
}

/** The entries of a journal file, in order. Torn and unreadable lines are left out. */
export function parseJournal(text: string): JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (const line of text.split('\n')) {
    const entry = line === '' ? undefined : parseLine(line);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function parseLine(line: string): JournalEntry | undefined {
  try {
    const json = record(JSON.parse(line));
    const sequence = integer(json['sequence']);
    const what = whatFromJson(json);
    if (sequence <= 0n || what === undefined) return undefined;
    return { sequence, time: time(json['time']), what };
  } catch {
    return undefined;
  }
}

function whatFromJson(json: Json): What | undefined {
  const { started, exited, health, oom, execExited } = json;
  if (started !== undefined) return { $case: 'started', value: startedFromJson(record(started)) };
  if (exited !== undefined) return { $case: 'exited', value: exitedFromJson(record(exited)) };
  if (health !== undefined) return { $case: 'health', value: healthFromJson(record(health)) };
  if (oom !== undefined) return { $case: 'oom', value: {} };
  if (execExited === undefined) return undefined;
  const { execId, exitCode } = record(execExited);
  return { $case: 'execExited', value: { execId: text(execId), exitCode: number(exitCode) } };
}

function startedFromJson(json: Json) {
  return {
    pid: number(json['pid']),
    startTicks: integer(json['startTicks']),
    restartCount: number(json['restartCount']),
    bootId: text(json['bootId']),
  };
}

function exitedFromJson(json: Json) {
  const delay = json['restartDelayMillis'];
  return {
    exitCode: number(json['exitCode']),
    oomKilled: json['oomKilled'] === true,
    error: text(json['error']),
    ...(delay === undefined ? {} : { restartDelayMillis: integer(delay) }),
  };
}

function healthFromJson(json: Json) {
  const name = json['status'];
  const all = [HealthStatus.STARTING, HealthStatus.HEALTHY, HealthStatus.UNHEALTHY] as const;
  return {
    status: all.find((status) => healthNames[status] === name) ?? HealthStatus.UNSPECIFIED,
    failingStreak: number(json['failingStreak']),
    start: time(json['start']),
    end: time(json['end']),
    exitCode: number(json['exitCode']),
    output: text(json['output']),
  };
}

function record(value: unknown): Json {
  if (typeof value === 'object' && value !== null) return value as Json;
  throw new TypeError('not an object');
}

function number(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new TypeError('not an integer');
}

function integer(value: unknown): bigint {
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  throw new TypeError('not an integer');
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError('not a text');
}

function time(value: unknown): Timestamp {
  const ms = Date.parse(text(value));
  if (Number.isNaN(ms)) throw new TypeError('not a time');
  return toTimestamp(ms);
}
