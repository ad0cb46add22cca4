import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import { define } from '../define.js';
import { forEach } from '../shared/each.js';
import { runAttached } from '../stream/attached-run.js';
import { detachKeysFlag, detachKeysOf } from '../stream/detach-flag.js';
import { checkTerminal } from '../stream/terminal.js';

export default define({
  path: ['container', 'start'],
  aliases: [['start']],
  summary: 'Start one or more stopped containers',
  flags: defineFlags({
    attach: {
      type: 'bool',
      short: 'a',
      description: 'Attach STDOUT/STDERR and forward signals',
    },
    'detach-keys': detachKeysFlag,
    interactive: { type: 'bool', short: 'i', description: "Attach container's STDIN" },
  }),
  args: [{ name: 'CONTAINER', multiple: true, complete: 'container' }],
  examples: [
    { text: 'In the background', command: 'wharf start web db' },
    { text: 'A shell that was left', command: 'wharf start -ai box' },
  ],
  async run(context, flags, names, { signal }) {
    const { containers } = await context.engine();
    if (!flags.attach && !flags.interactive) {
      return forEach(context, names, async (name) => {
        await containers.start(name, { signal });
        return name;
      });
    }
    const [name = '', ...more] = names;
    if (more.length > 0) {
      throw argumentError('you cannot start and attach multiple containers at once');
    }
    const detachKeys = await detachKeysOf(context, flags.detachKeys);
    const container = await containers.get(name, { signal });
    const { terminal, openStdin, autoRemove } = container.spec;
    const stdin = flags.interactive && openStdin;
    checkTerminal(context.io, stdin, terminal);
    const request = { stdin, stdout: true, stderr: true, logs: false };
    const { id } = container;
    const run = { id, request, terminal, detachKeys, autoRemove, proxySignals: true };
    return runAttached(context, run, { signal });
  },
});
