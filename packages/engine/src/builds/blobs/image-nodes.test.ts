import { plan, readDockerfile } from '@wharf/dockerfile';
import { expect, test } from 'vitest';
import { platform } from '../ops/testing/bench.js';
import { buildGraph } from '../solve/graph.js';
import { imageNodes } from './image-nodes.js';

const text = `FROM scratch AS tools
COPY a /a
RUN make
FROM scratch AS base
WORKDIR /work
FROM base
COPY --from=tools /a /a
RUN --mount=from=tools,target=/m last
`;

test('layers of an image are those below its last one, not those that files are taken from', () => {
  const planned = plan(readDockerfile(text), {
    buildPlatform: platform,
    targetPlatform: platform,
    images: new Map(),
  });
  if (planned.kind !== 'plan') throw new RangeError('no plan');
  const plans = [{ platform, plan: planned }];
  const graph = buildGraph(plans);
  const found = [...imageNodes(plans, graph)].map((id) => graph.nodes[id]?.op);
  const kinds = found.map((op) => (op?.kind === 'run' ? op.args.at(-1) : op?.kind));
  expect(kinds.toReversed()).toEqual(['scratch', 'directory', 'copy', 'last']);
  expect(graph.nodes.map(({ op }) => op.kind)).toContain('context');
});
