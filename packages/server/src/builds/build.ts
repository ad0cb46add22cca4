import { BuildServiceDefinition, buildSpecFromWire } from '@wharf/api';
import { CancelledError, InvalidArgumentError } from '@wharf/core';
import { bidi } from '../calls/handler.js';
import { untilOutputEnds } from '../calls/sessions.js';
import { createAgentRelay } from './agents.js';
import type { AgentAnswer, AgentRelay } from './agents.js';
import { createOutputFrames } from './output-frames.js';

export const build = bidi(
  BuildServiceDefinition,
  'build',
  { write: true, long: true },
  async ({ requests, send }, { engine, signal: caller }) => {
    const first = (await requests.next()).value?.frame;
    if (first?.$case !== 'spec') throw new InvalidArgumentError('the first frame must be spec');
    const spec = buildSpecFromWire(first.value);
    const over = new AbortController();
    const signal = AbortSignal.any([caller, over.signal]);
    const framesOf = createOutputFrames();
    const relay = createAgentRelay((frame) => send({ frame }));
    const answers = pumpAnswers(requests, relay);
    const frames = (async () => {
      const options = { signal, agent: (id: string) => relay.open(id) };
      for await (const frame of engine.builds.build(spec, options)) {
        for (const each of framesOf(frame)) await send({ frame: each });
      }
    })();
    try {
      await untilOutputEnds(answers, frames, caller);
    } finally {
      relay.end();
      over.abort(new CancelledError('the call of the build is over'));
    }
  },
);

type Answer = AgentAnswer | { readonly $case: 'spec' };

async function pumpAnswers(
  requests: AsyncIterator<{ readonly frame?: Answer | undefined }>,
  relay: AgentRelay,
): Promise<void> {
  for (let next = await requests.next(); next.done !== true; next = await requests.next()) {
    const { frame } = next.value;
    if (frame === undefined) throw new InvalidArgumentError('a frame is empty');
    if (frame.$case === 'spec') throw new InvalidArgumentError('a second spec frame');
    relay.receive(frame);
  }
  relay.end();
}
