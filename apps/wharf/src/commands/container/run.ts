import { defineFlags } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';
import type { ContainerSpec } from '@wharf/core';
import { define } from '../define.js';
import { withOwnCode } from '../exit-code.js';
import { specFlags } from '../spec/flags.js';
import { buildSpec } from '../spec/spec.js';
import { runAttached } from '../stream/attached-run.js';
import { detachKeysFlag, detachKeysOf } from '../stream/detach-flag.js';
import { checkTerminal } from '../stream/terminal.js';
import { createContainer } from './create-container.js';

const detached = {
  attachStdin: false,
  attachStdout: false,
  attachStderr: false,
  stdinOnce: false,
} satisfies Partial<ContainerSpec>;

export default define({
  path: ['container', 'run'],
  aliases: [['run']],
  summary: 'Create and run a new container from an image',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  flags: defineFlags({
    ...specFlags,
    detach: {
      type: 'bool',
      short: 'd',
      description: 'Run container in background and print container ID',
    },
    'detach-keys': detachKeysFlag,
    'sig-proxy': {
      type: 'bool',
      default: true,
      description: 'Proxy received signals to the process',
    },
  }),
  args: [
    { name: 'IMAGE', complete: 'image' },
    { name: 'COMMAND', optional: true },
    { name: 'ARG', optional: true, multiple: true },
  ],
  stopAtFirstPositional: true,
  failureExitCode: 125,
  examples: [
    { text: 'A shell that leaves nothing behind', command: 'wharf run -it --rm debian bash' },
    {
      text: 'In the background, with a name, reached at port 8080 of this machine',
      command: 'wharf run -d --name web -p 127.0.0.1:8080:80 nginx',
    },
    {
      text: 'In a network of its own kind, with a volume, and with one way out',
      command: 'wharf run -d --network front -v data:/data --egress allow=api.example.com:443 app',
    },
    {
      text: 'With limits, a variable and a directory of the host',
      command: 'wharf run --rm -m 512m --cpus 1.5 -e MODE=fast -v "$PWD":/src alpine ls /src',
    },
  ],
  async run(context, flags, args, { signal, given }) {
    const detachKeys = await detachKeysOf(context, flags.detachKeys);
    const built = await buildSpec({ flags, args, given, env: context.io.env }, { signal });
    if (flags.detach && flags.attach.length > 0) {
      throw argumentError('conflicting options: cannot specify both --attach and --detach');
    }
    const spec = flags.detach ? { ...built.spec, ...detached } : built.spec;
    checkTerminal(context.io, spec.attachStdin, spec.terminal);
    for (const warning of built.warnings) context.io.stderr.write(`WARNING: ${warning}\n`);
    const { pull, quiet, cidfile } = flags;
    const { id } = await createContainer(context, spec, { pull, quiet, cidfile, signal });
    try {
      if (flags.detach) {
        await (await context.engine()).containers.start(id, { signal });
        context.io.stdout.write(`${id}\n`);
        return 0;
      }
      const { attachStdin: stdin, attachStdout: stdout, attachStderr: stderr, terminal } = spec;
      const request = { stdin, stdout, stderr, logs: false };
      const { autoRemove } = spec;
      const proxySignals = flags.sigProxy;
      const run = { id, request, terminal, detachKeys, proxySignals, autoRemove };
      return await runAttached(context, run, { signal });
    } catch (thrown) {
      throw withOwnCode(thrown);
    }
  },
});
