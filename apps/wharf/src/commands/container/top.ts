import { alignTabs } from '../../format/tabwriter.js';
import { escapeControls } from '../../format/escape.js';
import { define } from '../define.js';

export default define({
  path: ['container', 'top'],
  aliases: [['top']],
  summary: 'Display the running processes of a container',
  usage: 'CONTAINER [ps OPTIONS]',
  flags: {},
  args: [
    { name: 'CONTAINER', complete: 'container' },
    { name: 'PS_OPTION', optional: true, multiple: true },
  ],
  stopAtFirstPositional: true,
  examples: [
    { text: 'As ps -ef shows them', command: 'wharf top web' },
    { text: 'Columns of one’s choice', command: 'wharf top web -o pid,rss,args' },
  ],
  async run(context, _flags, [container = '', ...psArgs], { signal }) {
    const { containers } = await context.engine();
    const { titles, processes } = await containers.top(container, psArgs, { signal });
    const lines = [titles, ...processes].map((cells) => cells.map(escapeControls).join('\t'));
    context.io.stdout.write(alignTabs(`${lines.join('\n')}\n`, { minWidth: 20, padding: 3 }));
  },
});
