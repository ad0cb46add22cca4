import { BuildServiceDefinition, explanationToWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const explainBuild = unary(
  BuildServiceDefinition,
  'explainBuild',
  {},
  async (request, { engine, signal }) => {
    const steps = await engine.builds.explain(request.build, request.step, { signal });
    return { steps: steps.map(explanationToWire) };
  },
);
