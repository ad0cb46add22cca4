import { parseContainerPath } from '@wharf/oci';
import type { WorkdirInstruction } from '../../instruction/simple.js';
import type { Draft, Effect } from '../draft.js';
import type { Evaluation } from '../evaluation.js';
import { joinPath } from '../paths.js';

/** A relative path is taken from the directory before. The directory is made, for the user of that moment. */
export function evaluateWorkdir(
  at: WorkdirInstruction,
  draft: Draft,
  evaluation: Evaluation,
): Effect {
  const text = evaluation.expand(draft, at.path, at);
  if (!draft.hasWorkdir && !text.startsWith('/')) {
    evaluation.report(
      'WorkdirRelativePath',
      at,
      `the relative WORKDIR ${JSON.stringify(text)} depends on the base image: make it absolute`,
    );
  }
  draft.hasWorkdir = true;
  const workdir = evaluation.checked(at, at.path.range, () =>
    parseContainerPath(joinPath(draft.config.workdir, text)),
  );
  const effect = { changes: { workdir }, history: `WORKDIR ${workdir}` };
  if (workdir === '/') return effect;
  const op = evaluation.graph.add({
    kind: 'directory',
    inputs: [draft.result],
    base: draft.result,
    path: workdir,
    user: draft.config.user,
  });
  return { ...effect, op };
}
