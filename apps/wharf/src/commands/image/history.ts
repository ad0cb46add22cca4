import { defineFlags } from '../../argv/flags.js';
import { formatRows } from '../../format/table.js';
import { define } from '../define.js';
import { formatFlag } from '../shared/format-flag.js';
import { platformFlag, platformOption } from '../shared/platforms.js';
import { historyHeaders, historyRow } from './history-row.js';

const columns = '{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}';
const plainColumns = '{{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}';

export default define({
  path: ['image', 'history'],
  aliases: [['history']],
  summary: 'Show the history of an image',
  flags: defineFlags({
    format: formatFlag,
    human: {
      type: 'bool',
      short: 'H',
      default: true,
      description: 'Print sizes and dates in human readable format',
    },
    'no-trunc': { type: 'bool', description: "Don't truncate output" },
    platform: platformFlag('Show history for the given platform'),
    quiet: { type: 'bool', short: 'q', description: 'Only show image IDs' },
  }),
  args: [{ name: 'IMAGE', complete: 'image' }],
  examples: [
    { text: 'Which step made it large', command: 'wharf history --human=false debian' },
    { text: 'All of each step', command: "wharf history --no-trunc --format '{{.CreatedBy}}' app" },
  ],
  async run(context, { format, human, noTrunc, platform, quiet }, [image = ''], { signal }) {
    const { images } = await context.engine();
    const list = await images.history(image, { signal, ...platformOption(platform) });
    const options = { now: context.io.now(), truncate: !noTrunc, human };
    context.io.stdout.write(
      formatRows({
        format: quiet && (format === '' || format === 'table') ? '{{.ID}}' : format,
        defaultTable: human ? columns : plainColumns,
        headers: historyHeaders,
        typeName: '*formatter.historyContext',
        rows: list.map((entry) => historyRow(entry, options)),
      }),
    );
  },
});
