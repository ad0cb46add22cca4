import { define } from '../define.js';
import { currentContext } from './current.js';

export default define({
  path: ['context', 'show'],
  summary: 'Print the name of the current context',
  flags: {},
  args: [],
  examples: [{ text: 'For a prompt', command: 'PS1="[$(wharf context show)] $PS1"' }],
  async run(context) {
    context.io.stdout.write(`${await currentContext(context)}\n`);
  },
});
