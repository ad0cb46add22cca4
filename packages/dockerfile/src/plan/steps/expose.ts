import { maxExposedPorts, parseExposedPort } from '@wharf/oci';
import { DockerfileError } from '../../error.js';
import type { ExposeInstruction } from '../../instruction/simple.js';
import type { Draft, Effect } from '../draft.js';
import type { Evaluation } from '../evaluation.js';

/** A variable may hold several ports; a range is one entry per port. */
export function evaluateExpose(
  at: ExposeInstruction,
  draft: Draft,
  evaluation: Evaluation,
): Effect {
  const ports = new Set(draft.config.exposedPorts);
  evaluation.spend(at, ports.size);
  const written: string[] = [];
  for (const word of at.ports) {
    for (const text of evaluation.expandWords(draft, word, at)) {
      const port = evaluation.checked(at, word.range, () =>
        parseExposedPort(containerPort(text, at, evaluation)),
      );
      written.push(port);
      const each = spread(port);
      evaluation.spend(at, each.length);
      for (const one of each) ports.add(one);
    }
  }
  if (ports.size > maxExposedPorts) {
    throw new DockerfileError(`more than ${maxExposedPorts} ports`, {
      ...at,
      code: 'resource-exhausted',
    });
  }
  return {
    changes: { exposedPorts: Object.freeze([...ports].sort()) },
    history: `EXPOSE ${written.join(' ')}`,
  };
}

/** `[ip:][host:]port`: what stands before the last colon says nothing in an image. */
function containerPort(text: string, at: ExposeInstruction, evaluation: Evaluation): string {
  const port = text.slice(text.lastIndexOf(':') + 1);
  if (port !== text) {
    evaluation.report(
      'ExposeInvalidFormat',
      at,
      `EXPOSE takes ports of the container alone, not ${JSON.stringify(text)}: write ${port}`,
    );
  }
  if (port !== port.toLowerCase()) {
    evaluation.report(
      'ExposeProtoCasing',
      at,
      `the protocol of ${JSON.stringify(port)} should be in lower case`,
    );
  }
  return port.endsWith('/') ? port.slice(0, -1) : port;
}

/** `7000-7001/udp` as its ports. */
function spread(port: string): string[] {
  const [range = '', protocol = ''] = port.split('/');
  const [first = '', last = first] = range.split('-');
  const count = Number(last) - Number(first) + 1;
  return Array.from({ length: count }, (_, i) => `${Number(first) + i}/${protocol}`);
}
