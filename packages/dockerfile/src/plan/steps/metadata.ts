import { mergeEnv, parseSignal, parseVolumePath } from '@wharf/oci';
import { DockerfileError } from '../../error.js';
import type { CommandLine } from '../../instruction/base.js';
import type {
  CmdInstruction,
  EntrypointInstruction,
  ShellInstruction,
} from '../../instruction/command.js';
import type { HealthcheckInstruction } from '../../instruction/healthcheck.js';
import type { OnbuildInstruction } from '../../instruction/onbuild.js';
import type { EnvInstruction, LabelInstruction } from '../../instruction/pairs.js';
import type {
  MaintainerInstruction,
  StopSignalInstruction,
  UserInstruction,
  VolumeInstruction,
} from '../../instruction/simple.js';
import type { Draft, Effect } from '../draft.js';
import type { Evaluation } from '../evaluation.js';

const defaultShell: readonly string[] = ['/bin/sh', '-c'];

/** The program and arguments of a command line; a line in shell form is given to the stage's shell. */
export function argumentsOf(command: CommandLine, draft: Draft): readonly string[] {
  if (command.form === 'exec') return Object.freeze(command.args.map(({ text }) => text));
  if (command.line.text === '') return Object.freeze([]);
  return withShell(draft, command.line.text);
}

export function withShell(draft: Draft, line: string): readonly string[] {
  const { shell } = draft.config;
  return Object.freeze([...(shell.length > 0 ? shell : defaultShell), line]);
}

/** All values are expanded before the first is set: `ENV a=1 b=$a` has the old `a`. */
export function evaluateEnv(at: EnvInstruction, draft: Draft, evaluation: Evaluation): Effect {
  evaluation.spend(at, draft.config.env.length + at.pairs.length);
  const entries = at.pairs.map(({ key, value }) => {
    const name = evaluation.expand(draft, key, at);
    if (name === '' || name.includes('=')) {
      throw new DockerfileError('ENV has an empty name, or one with =', {
        source: at.source,
        range: key.range,
      });
    }
    return `${name}=${evaluation.expand(draft, value, at)}`;
  });
  const env = evaluation.checked(at, at.range, () => mergeEnv(draft.config.env, entries));
  return { changes: { env }, history: `ENV ${entries.join(' ')}` };
}

export function evaluateLabel(at: LabelInstruction, draft: Draft, evaluation: Evaluation): Effect {
  evaluation.spend(at, Object.keys(draft.config.labels).length + at.pairs.length);
  const labels = Object.assign(Object.create(null) as Record<string, string>, draft.config.labels);
  const entries = at.pairs.map(({ key, value }) => {
    const name = evaluation.expand(draft, key, at);
    const text = evaluation.expand(draft, value, at);
    labels[name] = text;
    return `${name}=${text}`;
  });
  return {
    changes: { labels: Object.freeze(labels) },
    history: `LABEL ${entries.join(' ')}`,
  };
}

export function evaluateCmd(at: CmdInstruction, draft: Draft, evaluation: Evaluation): Effect {
  recommendJson(at, draft, evaluation);
  const command = argumentsOf(at.command, draft);
  draft.hasCommand = true;
  return { changes: { command }, history: `CMD ${JSON.stringify(command)}` };
}

/** An entrypoint takes away the command of the base, not one of the same stage. */
export function evaluateEntrypoint(
  at: EntrypointInstruction,
  draft: Draft,
  evaluation: Evaluation,
): Effect {
  recommendJson(at, draft, evaluation);
  const entrypoint = argumentsOf(at.command, draft);
  return {
    changes: draft.hasCommand ? { entrypoint } : { entrypoint, command: Object.freeze([]) },
    history: `ENTRYPOINT ${JSON.stringify(entrypoint)}`,
  };
}

export function evaluateShell(at: ShellInstruction): Effect {
  const shell = Object.freeze(at.shell.map(({ text }) => text));
  return { changes: { shell }, history: `SHELL ${JSON.stringify(shell)}` };
}

export function evaluateUser(at: UserInstruction, draft: Draft, evaluation: Evaluation): Effect {
  const user = evaluation.expand(draft, at.user, at);
  if ([...user].some((char) => char < ' ')) {
    throw new DockerfileError('USER cannot have control characters', {
      source: at.source,
      range: at.user.range,
    });
  }
  return { changes: { user }, history: `USER ${user}` };
}

export function evaluateVolume(
  at: VolumeInstruction,
  draft: Draft,
  evaluation: Evaluation,
): Effect {
  evaluation.spend(at, draft.config.volumes.length + at.paths.length);
  const paths = at.paths.map((word) => {
    const path = evaluation.expand(draft, word, at).trim();
    return evaluation.checked(at, word.range, () => parseVolumePath(path));
  });
  const volumes = Object.freeze([...new Set([...draft.config.volumes, ...paths])].sort());
  return { changes: { volumes }, history: `VOLUME ${JSON.stringify(paths)}` };
}

export function evaluateStopSignal(
  at: StopSignalInstruction,
  draft: Draft,
  evaluation: Evaluation,
): Effect {
  const stopSignal = evaluation.expand(draft, at.signal, at);
  evaluation.checked(at, at.signal.range, () => parseSignal(stopSignal));
  return { changes: { stopSignal }, history: `STOPSIGNAL ${stopSignal}` };
}

export function evaluateHealthcheck(at: HealthcheckInstruction): Effect {
  return {
    changes: { healthcheck: at.healthcheck },
    history: `HEALTHCHECK ${JSON.stringify(at.healthcheck.test)}`,
  };
}

/** A trigger is kept as it is written; who builds on the image expands it. */
export function evaluateOnbuild(
  at: OnbuildInstruction,
  draft: Draft,
  evaluation: Evaluation,
): Effect {
  evaluation.spend(at, draft.config.onBuild.length);
  return { changes: { onBuild: Object.freeze([...draft.config.onBuild, at.trigger]) } };
}

export function evaluateMaintainer(at: MaintainerInstruction): Effect {
  return { author: at.author.text, history: `MAINTAINER ${at.author.text}` };
}

/** A shell of the stage's own was chosen knowingly. */
function recommendJson(
  at: CmdInstruction | EntrypointInstruction,
  draft: Draft,
  evaluation: Evaluation,
): void {
  const plain = at.command.form === 'shell' && at.command.line.text !== '';
  if (!plain || draft.config.shell.length > 0) return;
  const name = at.kind.toUpperCase();
  const example = `${name} ["program", "argument"]`;
  evaluation.report(
    'JSONArgsRecommended',
    at,
    `${name} in shell form keeps signals from the program: write ${example}`,
  );
}
