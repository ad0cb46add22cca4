import { defineFlags } from '../../argv/flags.js';
import { readClientConfig } from '../../client-config.js';
import { formatRows } from '../../format/table.js';
import { define } from '../define.js';
import { filterFlag, parseFilters } from '../shared/filters.js';
import { formatFlag } from '../shared/format-flag.js';
import { imageHeaders, imageRows } from './row.js';

const columns = '{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}';
const withDigests = '{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}';

export default define({
  path: ['image', 'ls'],
  aliases: [['image', 'list'], ['images']],
  summary: 'List images',
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  flags: defineFlags({
    all: { type: 'bool', short: 'a', description: 'Show all images' },
    digests: { type: 'bool', description: 'Show digests' },
    filter: filterFlag,
    format: formatFlag,
    'no-trunc': { type: 'bool', description: "Don't truncate output" },
    quiet: { type: 'bool', short: 'q', description: 'Only show image IDs' },
  }),
  args: [{ name: 'REPOSITORY', optional: true, complete: 'image' }],
  examples: [
    { text: 'Those of one repository', command: 'wharf images debian' },
    {
      text: 'Names with their sizes',
      command: "wharf images --format '{{.Repository}}:{{.Tag}} {{.Size}}'",
    },
  ],
  async run(context, flags, [reference], { signal }) {
    const { images } = await context.engine();
    const { quiet, digests } = flags;
    const config =
      flags.format === '' && !quiet ? await readClientConfig(context.configDirectory) : {};
    const format = flags.format === '' ? (config.imagesFormat ?? '') : flags.format;
    const named = reference === undefined ? [] : [`reference=${reference}`];
    const filters = parseFilters([...flags.filter, ...named]);
    const list = await images.list({ signal, all: flags.all, filters });
    const options = { now: context.io.now(), truncate: !flags.noTrunc, digests };
    const rows = list.flatMap((image) => imageRows(image, options));
    context.io.stdout.write(
      formatRows({
        format: quiet && (format === '' || format === 'table') ? '{{.ID}}' : format,
        defaultTable: digests ? withDigests : columns,
        headers: imageHeaders,
        typeName: '*formatter.imageContext',
        rows,
      }),
    );
  },
});
