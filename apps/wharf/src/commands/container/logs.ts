import type { LogQuery, LogRecord } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { nanosBeyond, parseMoment } from '../shared/moment.js';

/** Bytes that are gathered before they are written. */
const batch = 256 * 1024;

function checkTail(text: string): string | undefined {
  return text === 'all' || /^-?[0-9]{1,9}$/.test(text) ? undefined : 'a number, or "all"';
}

export default define({
  path: ['container', 'logs'],
  aliases: [['logs']],
  summary: 'Fetch the logs of a container',
  flags: defineFlags({
    details: { type: 'bool', description: 'Show extra details provided to logs' },
    follow: { type: 'bool', short: 'f', description: 'Follow log output' },
    since: {
      type: 'string',
      description:
        'Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    },
    tail: {
      type: 'string',
      short: 'n',
      default: 'all',
      description: 'Number of lines to show from the end of the logs',
      check: checkTail,
    },
    timestamps: { type: 'bool', short: 't', description: 'Show timestamps' },
    until: {
      type: 'string',
      description:
        'Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    },
  }),
  args: [{ name: 'CONTAINER', complete: 'container' }],
  examples: [
    { text: 'The last lines, and what follows', command: 'wharf logs -f --tail 20 web' },
    { text: 'Ten minutes, with times', command: 'wharf logs -t --since 10m web' },
  ],
  async run(context, flags, [name = ''], { signal }) {
    const { io } = context;
    const now = io.now();
    const tail =
      flags.tail === 'all' || flags.tail.startsWith('-') ? undefined : Number(flags.tail);
    const query: LogQuery = {
      stdout: true,
      stderr: true,
      follow: flags.follow,
      ...(tail === undefined ? {} : { tail }),
      ...(flags.since === undefined ? {} : { since: parseMoment(flags.since, now) }),
      ...(flags.until === undefined ? {} : { until: parseMoment(flags.until, now) }),
    };
    const wanted = toTheNanosecond(query, flags);
    const { containers } = await context.engine();
    for await (const records of containers.logs(name, query, { signal })) {
      for (const run of runs(records.filter(wanted))) {
        const parts = run.flatMap((record) => lineParts(record, flags));
        const [{ stream }] = run as [LogRecord];
        await io[stream].send(Buffer.concat(parts));
      }
    }
  },
});

/** The query counts in milliseconds, and gives all of the first and the last; so `--since` may be the time of a line. */
function toTheNanosecond(
  query: LogQuery,
  texts: { readonly since: string | undefined; readonly until: string | undefined },
): (record: LogRecord) => boolean {
  const since = query.since && { ms: query.since.getTime(), nanos: nanosBeyond(texts.since ?? '') };
  const until = query.until && { ms: query.until.getTime(), nanos: nanosBeyond(texts.until ?? '') };
  if (!since && !until) return () => true;
  return ({ time }) => {
    const [ms, nanos] = [Date.parse(time), nanosBeyond(time)];
    if (since && ms === since.ms && nanos < since.nanos) return false;
    return !(until && ms === until.ms && nanos > until.nanos);
  };
}

/** Neighbouring records of one stream, in pieces that can be written at once. */
function* runs(records: readonly LogRecord[]): Generator<LogRecord[]> {
  let run: LogRecord[] = [];
  let size = 0;
  for (const record of records) {
    if (run.length > 0 && (run[0]?.stream !== record.stream || size > batch)) {
      yield run;
      run = [];
      size = 0;
    }
    run.push(record);
    size += record.data.length;
  }
  if (run.length > 0) yield run;
}

function lineParts(
  { time, data, attributes = {} }: LogRecord,
  { timestamps, details }: { readonly timestamps: boolean; readonly details: boolean },
): Uint8Array[] {
  const words = [...(timestamps ? [time] : []), ...(details ? [detailsText(attributes)] : [])];
  return words.length === 0 ? [data] : [Buffer.from(`${words.join(' ')} `), data];
}

/** As in a query: `a=1,b=2`, keys in order, what would be mistaken escaped. */
function detailsText(attributes: Readonly<Record<string, string>>): string {
  return Object.keys(attributes)
    .sort()
    .map((key) => `${encodeURIComponent(key)}=${encodeURIComponent(attributes[key] ?? '')}`)
    .join(',');
}
