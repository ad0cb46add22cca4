import { FailedPreconditionError, type Container } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { define } from '../define.js';
import { detachedByKeys } from '../exit-code.js';
import { detachKeysFlag, detachKeysOf } from '../stream/detach-flag.js';
import { pump } from '../stream/pump.js';
import { proxySignals } from '../stream/signal-proxy.js';
import { checkTerminal, followSize, rawInput } from '../stream/terminal.js';

export default define({
  path: ['container', 'attach'],
  aliases: [['attach']],
  summary: 'Attach local standard input, output, and error streams to a running container',
  flags: defineFlags({
    'detach-keys': detachKeysFlag,
    'no-stdin': { type: 'bool', description: 'Do not attach STDIN' },
    'sig-proxy': {
      type: 'bool',
      default: true,
      description: 'Proxy all received signals to the process',
    },
  }),
  args: [{ name: 'CONTAINER', complete: 'container' }],
  examples: [
    { text: 'Leave it again with ctrl-p ctrl-q', command: 'wharf attach box' },
    { text: 'Only look', command: 'wharf attach --no-stdin --sig-proxy=false web' },
  ],
  async run(context, flags, [name = ''], { signal }) {
    const { io } = context;
    const detachKeys = await detachKeysOf(context, flags.detachKeys);
    const { containers } = await context.engine();
    const { id, spec, state } = await containers.get(name, { signal });
    refuseState(state.status);
    const { terminal } = spec;
    const stdin = !flags.noStdin && spec.openStdin;
    checkTerminal(io, stdin, terminal);
    using scope = new DisposableStack();
    if (flags.sigProxy && !terminal) {
      const kill = (name: string) => containers.kill(id, name, { signal });
      scope.use(proxySignals(io, kill)).release();
    }
    const exit = containers.wait(id, 'not-running', { signal });
    exit.catch(() => undefined);
    const request = { stdin, stdout: true, stderr: true, logs: false };
    const session = await containers.attach(id, request, { signal });
    if (stdin && terminal) scope.use(rawInput(io));
    if (terminal) {
      scope.use(
        followSize(io, (rows, columns) => containers.resize(id, rows, columns, { signal })),
      );
    }
    const end = await pump(io, session, { stdin, detachKeys: terminal ? detachKeys : undefined });
    if (end === 'detached') throw detachedByKeys();
    return (await exit).exitCode;
  },
});

function refuseState(status: Container['state']['status']): void {
  if (status === 'running') return;
  const what = status === 'paused' || status === 'restarting' ? `a ${status}` : 'a stopped';
  const remedy = status === 'paused' ? 'unpause it first' : 'start it first';
  throw new FailedPreconditionError(`you cannot attach to ${what} container, ${remedy}`);
}
