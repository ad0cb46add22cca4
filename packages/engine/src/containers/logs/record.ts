import type { LogQuery, LogRecord } from '@wharf/core';

interface JsonLine {
  readonly log?: unknown;
  readonly stream?: unknown;
  readonly time?: unknown;
  readonly attrs?: Record<string, string>;
  /** The exact bytes when they are not valid UTF-8. */
  readonly b64?: unknown;
}

/** One line of a json-file log; undefined for what is torn or not ours. */
export function parseLogLine(line: string): LogRecord | undefined {
  let parsed: JsonLine;
  try {
    parsed = JSON.parse(line) as JsonLine;
  } catch {
    return undefined;
  }
  const { log, stream, time, b64, attrs } = parsed;
  if (typeof log !== 'string' || typeof time !== 'string') return undefined;
  return {
    stream: stream === 'stderr' ? 'stderr' : 'stdout',
    time,
    data: typeof b64 === 'string' ? Buffer.from(b64, 'base64') : Buffer.from(log),
    ...(attrs === undefined ? {} : { attributes: attrs }),
  };
}

export type Verdict = 'take' | 'skip' | 'stop';

/** Whether a query wants a record; `stop` when it and all later ones are past `until`. */
export function judge(query: LogQuery): (record: LogRecord) => Verdict {
  const since = query.since?.getTime();
  const until = query.until?.getTime();
  return (record) => {
    if (record.stream === 'stdout' ? !query.stdout : !query.stderr) return 'skip';
    if (since === undefined && until === undefined) return 'take';
    const time = Date.parse(record.time);
    if (until !== undefined && time > until) return 'stop';
    return since !== undefined && time < since ? 'skip' : 'take';
  };
}
