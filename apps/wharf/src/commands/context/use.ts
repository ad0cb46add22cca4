import { openContextStore } from '@wharf/client';
import { define } from '../define.js';

export default define({
  path: ['context', 'use'],
  summary: 'Set the current context',
  flags: {},
  args: [{ name: 'CONTEXT', complete: 'context' }],
  examples: [{ text: 'Back to this machine', command: 'wharf context use default' }],
  async run(context, _flags, [name = '']) {
    const { io, configDirectory } = context;
    await openContextStore(configDirectory).use(name);
    io.stdout.write(`${name}\n`);
    io.stderr.write(`Current context is now "${name}"\n`);
    if ((io.env['WHARF_HOST'] ?? '') !== '') {
      io.stderr.write(
        'WARNING: WHARF_HOST overrides the context in use: unset it, or use --context for single commands\n',
      );
    }
  },
});
