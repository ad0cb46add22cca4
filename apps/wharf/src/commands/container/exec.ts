import type { ProcessSpec } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { detachedByKeys, withOwnCode } from '../exit-code.js';
import { checkEnvironment } from '../spec/key-values.js';
import { readEnvironment } from '../spec/text-files.js';
import { detachKeysFlag, detachKeysOf } from '../stream/detach-flag.js';
import { pump } from '../stream/pump.js';
import { checkTerminal, followSize, rawInput } from '../stream/terminal.js';

export default define({
  path: ['container', 'exec'],
  aliases: [['exec']],
  summary: 'Execute a command in a running container',
  flags: defineFlags({
    detach: {
      type: 'bool',
      short: 'd',
      description: 'Detached mode: run command in the background',
    },
    'detach-keys': detachKeysFlag,
    env: {
      type: 'strings',
      short: 'e',
      description: 'Set environment variables',
      check: checkEnvironment,
    },
    'env-file': {
      type: 'strings',
      description: 'Read in a file of environment variables',
      complete: 'file',
    },
    interactive: {
      type: 'bool',
      short: 'i',
      description: 'Keep STDIN open even if not attached',
    },
    privileged: { type: 'bool', description: 'Give extended privileges to the command' },
    tty: { type: 'bool', short: 't', description: 'Allocate a pseudo-TTY' },
    user: {
      type: 'string',
      short: 'u',
      description: 'Username or UID (format: "<name|uid>[:<group|gid>]")',
    },
    workdir: {
      type: 'string',
      short: 'w',
      description: 'Working directory inside the container',
    },
  }),
  args: [
    { name: 'CONTAINER', complete: 'container' },
    { name: 'COMMAND' },
    { name: 'ARG', optional: true, multiple: true },
  ],
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  stopAtFirstPositional: true,
  examples: [
    { text: 'A shell', command: 'wharf exec -it web sh' },
    { text: 'As another user, elsewhere', command: 'wharf exec -u 1000 -w /srv web ls' },
  ],
  async run(context, flags, [container = '', ...args], { signal }) {
    const { io } = context;
    const detachKeys = await detachKeysOf(context, flags.detachKeys);
    const attached = !flags.detach;
    const stdin = attached && flags.interactive;
    checkTerminal(io, stdin, flags.tty);
    const spec: ProcessSpec = {
      args,
      env: await readEnvironment(flags, io.env, { signal }),
      ...(flags.user === undefined ? {} : { user: flags.user }),
      ...(flags.workdir === undefined ? {} : { workdir: flags.workdir }),
      terminal: flags.tty,
      attachStdin: stdin,
      attachStdout: attached,
      attachStderr: attached && !flags.tty,
      privileged: flags.privileged,
      detach: flags.detach,
      ...(flags.tty && io.stdout.isTTY
        ? { size: { rows: io.stdout.rows, columns: io.stdout.columns } }
        : {}),
    };
    const { processes } = await context.engine();
    using scope = new DisposableStack();
    try {
      const session = await processes.exec(container, spec, { signal });
      if (flags.detach) return 0;
      if (stdin && flags.tty) scope.use(rawInput(io));
      if (flags.tty) scope.use(followSize(io, (rows, columns) => session.resize(rows, columns)));
      const keys = flags.tty ? detachKeys : undefined;
      if ((await pump(io, session, { stdin, detachKeys: keys })) === 'detached') {
        throw detachedByKeys();
      }
      return await session.exitCode;
    } catch (thrown) {
      throw withOwnCode(thrown);
    }
  },
});
