import { assertNever } from '@wharf/core';
import type { Instruction } from '../../instruction/instruction.js';
import type { Draft, Effect } from '../draft.js';
import type { Evaluation } from '../evaluation.js';
import { evaluateArg } from './arg.js';
import { evaluateCopy } from './copy.js';
import { evaluateExpose } from './expose.js';
import * as metadata from './metadata.js';
import { evaluateRun } from './run.js';
import { evaluateWorkdir } from './workdir.js';

/** What one instruction does in a stage. */
export function evaluate(
  at: Instruction,
  draft: Draft,
  evaluation: Evaluation,
  globals: ReadonlyMap<string, string | undefined>,
): Effect {
  switch (at.kind) {
    case 'arg':
      return evaluateArg(at, draft, evaluation, globals);
    case 'env':
      return metadata.evaluateEnv(at, draft, evaluation);
    case 'label':
      return metadata.evaluateLabel(at, draft, evaluation);
    case 'run':
      return evaluateRun(at, draft, evaluation);
    case 'copy':
    case 'add':
      return evaluateCopy(at, draft, evaluation);
    case 'workdir':
      return evaluateWorkdir(at, draft, evaluation);
    case 'user':
      return metadata.evaluateUser(at, draft, evaluation);
    case 'cmd':
      return metadata.evaluateCmd(at, draft, evaluation);
    case 'entrypoint':
      return metadata.evaluateEntrypoint(at, draft, evaluation);
    case 'expose':
      return evaluateExpose(at, draft, evaluation);
    case 'volume':
      return metadata.evaluateVolume(at, draft, evaluation);
    case 'healthcheck':
      return metadata.evaluateHealthcheck(at);
    case 'shell':
      return metadata.evaluateShell(at);
    case 'stopsignal':
      return metadata.evaluateStopSignal(at, draft, evaluation);
    case 'onbuild':
      return metadata.evaluateOnbuild(at, draft, evaluation);
    case 'maintainer':
      return metadata.evaluateMaintainer(at);
    case 'from':
    case 'include':
      throw evaluation.misplaced(at);
    default:
      return assertNever(at, 'instruction');
  }
}
