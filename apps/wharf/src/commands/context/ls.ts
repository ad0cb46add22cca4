import { defineFlags } from '../../argv/flags.js';
import { defaultHost } from '../../connect.js';
import { defaultContext } from '../../contexts/context.js';
import { currentContext } from '../../contexts/current.js';
import { ContextStore } from '../../contexts/store.js';
import { formatRows } from '../../format/table.js';
import { define } from '../define.js';
import { formatFlag } from '../shared/format-flag.js';

const columns = '{{.Name}}{{if .Current}} *{{end}}\t{{.Description}}\t{{.Endpoint}}\t{{.Error}}';

export default define({
  path: ['context', 'ls'],
  aliases: [['context', 'list']],
  summary: 'List contexts',
  flags: defineFlags({
    format: formatFlag,
    quiet: { type: 'bool', short: 'q', description: 'Only show context names' },
  }),
  args: [],
  examples: [{ text: 'Their names', command: 'wharf context ls -q' }],
  async run(context, { format, quiet }) {
    const { io, configDirectory } = context;
    const current = await currentContext(context);
    const stored = await new ContextStore(configDirectory).list();
    const usual = {
      name: defaultContext,
      description: '',
      host: io.env['WHARF_HOST'] ?? defaultHost,
    };
    const rows = [usual, ...stored].map(({ name, description, host }) => ({
      Current: name === current,
      Description: description,
      Endpoint: host,
      Error: '',
      Name: name,
    }));
    io.stdout.write(
      formatRows({
        format: quiet ? '{{.Name}}' : format,
        defaultTable: columns,
        headers: {
          Name: 'NAME',
          Description: 'DESCRIPTION',
          Endpoint: 'WHARF ENDPOINT',
          Error: 'ERROR',
        },
        typeName: '*formatter.clientContextContext',
        rows,
      }),
    );
  },
});
