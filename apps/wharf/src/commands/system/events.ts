import type { Event, WatchQuery } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { escapeControls, escapeControlsInLines } from '../../format/escape.js';
import { compile, struct, withHidden } from '../../format/template/index.js';
import { define } from '../define.js';
import { filterFlag, parseFilters } from '../shared/filters.js';
import { localNanoTime } from '../shared/local-time.js';
import { parseMoment } from '../shared/moment.js';

export default define({
  path: ['system', 'events'],
  aliases: [['events']],
  summary: 'Get real time events from the server',
  flags: defineFlags({
    after: {
      type: 'string',
      placeholder: 'sequence',
      description: 'Begin after the event with this sequence number; 0 is the beginning',
      check: (text) => (/^[0-9]{1,18}$/.test(text) ? undefined : 'a whole number'),
    },
    filter: filterFlag,
    format: {
      type: 'string',
      default: '',
      description: `Format output using a custom template:
'json':             Print in JSON format, a line per event
'TEMPLATE':         Print output using the given Go template`,
    },
    since: { type: 'string', description: 'Show all events created since timestamp' },
    until: { type: 'string', description: 'Stream events until this timestamp' },
  }),
  args: [],
  examples: [
    {
      text: 'What happens to containers of a label',
      command: 'wharf events --filter type=container --filter label=app=shop',
    },
    {
      text: 'Go on where a program has stopped',
      command: 'wharf events --after 4711 --format json',
    },
  ],
  async run(context, flags, _args, { signal }) {
    const { io } = context;
    const now = io.now();
    const format = flags.format === 'json' ? '{{json .}}' : flags.format;
    const template = format === '' ? undefined : compile(format, { clean: escapeControlsInLines });
    const query: WatchQuery = {
      ...(flags.after === undefined ? {} : { afterSequence: BigInt(flags.after) }),
      ...(flags.since === undefined ? {} : { since: parseMoment(flags.since, now) }),
      ...(flags.until === undefined ? {} : { until: parseMoment(flags.until, now) }),
      filters: parseFilters(flags.filter),
    };
    const { events } = await context.engine();
    for await (const frame of events.watch(query, { signal })) {
      if (frame.kind === 'lost') {
        io.stderr.write(`WARNING: events ${frame.from} to ${frame.to} are no longer known\n`);
      } else if (frame.kind === 'event') {
        const { event } = frame;
        const text = template?.execute(message(event));
        io.stdout.write(`${text ?? line(event)}\n`);
      }
    }
  },
});

/** Docker's event, with our sequence number. */
function message({ sequence, time, type, action, actorId, attributes }: Event): object {
  const millis = BigInt(time.getTime());
  const old = type === 'container' || type === 'image';
  const from = attributes['image'] ?? '';
  const times = { time: millis / 1000n, timeNano: millis * 1_000_000n };
  const fields = {
    ...(old ? { status: action, id: actorId, from } : {}),
    Type: type,
    Action: action,
    Actor: { ID: actorId, Attributes: new Map(Object.entries(attributes)) },
    scope: 'local',
    ...times,
    sequence,
  };
  return withHidden(struct('*events.Message', fields), {
    Status: old ? action : '',
    ID: old ? actorId : '',
    From: old ? from : '',
    Scope: 'local',
    Time: times.time,
    TimeNano: times.timeNano,
    Sequence: sequence,
  });
}

function line({ time, type, action, actorId, attributes }: Event): string {
  const pairs = Object.keys(attributes)
    .sort()
    .map((key) => `${key}=${attributes[key]}`);
  const details = pairs.length === 0 ? '' : ` (${pairs.join(', ')})`;
  return escapeControls(`${localNanoTime(time)} ${type} ${action} ${actorId}${details}`);
}
