import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { formatRows } from '../../format/table.js';
import { agoText } from '../../format/status.js';
import { define } from '../define.js';

export default define({
  path: ['volume', 'snapshot'],
  summary: 'Keep the state of a volume under a name, to roll back to',
  usage: '[OPTIONS] VOLUME [SNAPSHOT]',
  flags: defineFlags({
    list: { type: 'bool', short: 'l', description: 'List the snapshots of the volume' },
    rm: { type: 'bool', description: 'Remove this snapshot' },
  }),
  args: [
    { name: 'VOLUME', complete: 'volume' },
    { name: 'SNAPSHOT', optional: true },
  ],
  examples: [
    { text: 'Before an upgrade', command: 'wharf volume snapshot data before' },
    { text: 'What there is', command: 'wharf volume snapshot --list data' },
    { text: 'No longer needed', command: 'wharf volume snapshot --rm data before' },
  ],
  async run(context, { list, rm }, [name = '', named], { signal }) {
    const { volumes } = await context.engine();
    const { io } = context;
    if (list) {
      if (rm || named !== undefined) throw argumentError('--list goes with a volume alone');
      const { snapshots } = await volumes.get(name, { signal });
      return io.stdout.write(
        formatRows({
          format: '',
          defaultTable: '{{.Name}}\t{{.CreatedSince}}',
          headers: { Name: 'SNAPSHOT', CreatedSince: 'CREATED' },
          typeName: '*formatter.snapshotContext',
          rows: snapshots.map(({ name: snapshot, createdAt }) => ({
            CreatedSince: agoText(createdAt, io.now()),
            Name: snapshot,
          })),
        }),
      );
    }
    if (rm) {
      if (named === undefined) throw argumentError('name the snapshot to remove');
      await volumes.removeSnapshot(name, named, { signal });
      return io.stdout.write(`${named}\n`);
    }
    const snapshot = named ?? nameOf(io.now());
    const made = await volumes.snapshot(name, snapshot, { signal });
    return io.stdout.write(`${made.name}\n`);
  },
});

/** `20260131T120000Z`. */
function nameOf(now: Date): string {
  return `${now.toISOString().slice(0, 19).replaceAll(/[:-]/g, '')}Z`;
}
