import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { define } from '../define.js';
import { keyValues } from '../spec/key-values.js';

export default define({
  path: ['volume', 'update'],
  summary: 'Change the labels of a volume',
  flags: defineFlags({
    'label-add': { type: 'strings', description: 'Set this label (KEY=VALUE)' },
    'label-rm': { type: 'strings', description: 'Take this label off (KEY)' },
  }),
  args: [{ name: 'VOLUME', complete: 'volume' }],
  examples: [
    { text: 'Another label', command: 'wharf volume update --label-add keep=1 data' },
    { text: 'And off again', command: 'wharf volume update --label-rm keep data' },
  ],
  async run(context, { labelAdd, labelRm }, [name = ''], { signal }) {
    if (labelAdd.length + labelRm.length === 0) {
      throw argumentError('name what changes by --label-add or --label-rm');
    }
    const { volumes } = await context.engine();
    const { labels: before } = await volumes.get(name, { signal });
    const kept = Object.entries(before).filter(([key]) => !labelRm.includes(key));
    const labels = { ...Object.fromEntries(kept), ...keyValues(labelAdd) };
    await volumes.update(name, { labels }, { signal });
    context.io.stdout.write(`${name}\n`);
  },
});
