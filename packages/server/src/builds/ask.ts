import { buildQuestions, BuildServiceDefinition, buildSpecFromWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const ask = unary(
  BuildServiceDefinition,
  'ask',
  { long: true },
  async ({ spec, question }, { engine, signal }) => {
    const asked = buildQuestions.fromWire(question);
    return { ...(await engine.builds.ask(buildSpecFromWire(spec), asked, { signal })) };
  },
);
