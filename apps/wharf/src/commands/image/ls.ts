import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { readClientConfig } from '../../client-config.js';
import { formatRows } from '../../format/table.js';
import { define } from '../define.js';
import { filterFlag, parseFilters } from '../shared/filters.js';
import { formatFlag } from '../shared/format-flag.js';
import { platformTree } from './platform-tree.js';
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
    tree: { type: 'bool', description: 'List multi-platform images as a tree' },
  }),
  args: [{ name: 'REPOSITORY', optional: true, complete: 'image' }],
  examples: [
    { text: 'Those of one repository', command: 'wharf images debian' },
    {
      text: 'Names with their sizes',
      command: "wharf images --format '{{.Repository}}:{{.Tag}} {{.Size}}'",
    },
    { text: 'With the platforms of each', command: 'wharf images --tree' },
  ],
  async run(context, flags, [reference], { signal, given }) {
    if (flags.tree) refuseBesideTree(given);
    const { images } = await context.engine();
    const { quiet, digests } = flags;
    const config =
      flags.format === '' && !quiet ? await readClientConfig(context.configDirectory) : {};
    const format = flags.format === '' ? (config.imagesFormat ?? '') : flags.format;
    const named = reference === undefined ? [] : [`reference=${reference}`];
    const filters = parseFilters([...flags.filter, ...named]);
    const sharedSize = /\.(Shared|Unique)Size\b/.test(format);
    const asked = { signal, all: flags.all, filters };
    const list = await images.list(sharedSize ? { ...asked, sharedSize } : asked);
    if (flags.tree) return context.io.stdout.write(platformTree(list));
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

/** The tree has its own columns; docker refuses the same flags. */
function refuseBesideTree(given: ReadonlySet<string>): void {
  const other = ['quiet', 'no-trunc', 'digests', 'format'].find((name) => given.has(name));
  if (other !== undefined) throw argumentError(`--${other} is not yet supported with --tree`);
}
