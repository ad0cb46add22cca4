import { defaultContext, openContextStore } from '@wharf/client';
import { defineFlags } from '../../argv/flags.js';
import { formatRows } from '../../format/table.js';
import { define } from '../define.js';
import { formatFlag } from '../shared/format-flag.js';
import { currentContext } from './current.js';

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
    const contexts = await openContextStore(configDirectory).list();
    const rows = contexts.map(({ name, description, host }) => ({
      Current: name === current,
      Description: description,
      Endpoint: (name === defaultContext && io.env['WHARF_HOST']) || host,
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
