import { DockerfileError } from '../../error.js';
import type { RunInstruction } from '../../instruction/command.js';
import type { MountFlag } from '../../instruction/mount-flag.js';
import type { Mount } from '../../instruction/mount.js';
import { readMount } from '../../instruction/read-mount.js';
import { stripTabs } from '../../parse/heredoc.js';
import { proxyEnv } from '../arguments.js';
import type { Draft, Effect } from '../draft.js';
import type { Evaluation } from '../evaluation.js';
import type { InlineFile, OpId, PlannedMount } from '../op.js';
import { cleanPath, joinPath } from '../paths.js';
import { argumentsOf, withShell } from './metadata.js';

export function evaluateRun(at: RunInstruction, draft: Draft, evaluation: Evaluation): Effect {
  evaluation.spend(at, draft.scope.names.length);
  const mounts = at.mounts.map((flag) => planMount(flag, at, draft, evaluation));
  const { args, scripts } = commandOf(at, draft);
  for (const name of draft.scope.args.keys()) draft.look(name);
  const base = draft.result;
  const op = evaluation.graph.add({
    kind: 'run',
    inputs: Object.freeze([base, ...mounts.flatMap(({ input }) => input ?? [])]),
    base,
    args,
    env: draft.scope.processEnv,
    proxyEnv: proxyEnv(evaluation.options.buildArgs ?? new Map()),
    workdir: draft.config.workdir || '/',
    user: draft.config.user,
    mounts: Object.freeze(mounts),
    scripts,
    network: at.network,
    security: at.security,
    devices: Object.freeze(at.devices.map((word) => evaluation.expand(draft, word, at))),
    platform: draft.platform,
  });
  const { values } = draft.scope;
  const prefix = values.length > 0 ? [`|${values.length}`, ...values] : [];
  const history = ['RUN', ...prefix, ...args].join(' ');
  evaluation.spend(at, 0, history.length);
  return { op, history };
}

/**
 * A heredoc that is all of the line is the script itself, run by its own `#!` line if it has one; beside other words it goes
 * to the shell as written.
 */
function commandOf(
  { command, heredocs }: RunInstruction,
  draft: Draft,
): { args: readonly string[]; scripts: readonly InlineFile[] } {
  const [first] = heredocs;
  if (command.form === 'exec' || first === undefined) {
    return { args: argumentsOf(command, draft), scripts: [] };
  }
  if (heredocs.length > 1 || command.line.text !== first.word.text) {
    const bodies = heredocs.map(({ content, name }) => `\n${content}${name}`);
    return { args: withShell(draft, `${command.line.text}${bodies.join('')}`), scripts: [] };
  }
  const content = first.stripTabs ? stripTabs(first.content) : first.content;
  if (!content.startsWith('#!')) return { args: withShell(draft, content), scripts: [] };
  const name = fileName(first.name);
  return { args: [`/dev/pipes/${name}`], scripts: [{ name, content }] };
}

/** The heredoc's word as the name of a file, whatever was written. */
function fileName(word: string): string {
  const name = [...word].map((c) => (/^[\w.-]$/.test(c) ? c : '_')).join('');
  return name === '.' || name === '..' ? 'script' : name.slice(0, 128);
}

function planMount(
  flag: MountFlag,
  at: RunInstruction,
  draft: Draft,
  evaluation: Evaluation,
): PlannedMount {
  const mount = readMount(flag, (word) => evaluation.expand(draft, word, at));
  const input = inputOf(mount, flag, at, draft, evaluation);
  const target = targetOf(mount, flag, draft);
  const planned = { ...mount, target, ...(input === undefined ? {} : { input }) };
  if ('source' in planned) planned.source = cleanPath(planned.source);
  if (planned.type === 'cache' && planned.id === mount.target) planned.id = target;
  return Object.freeze(planned);
}

function inputOf(
  mount: Mount,
  flag: MountFlag,
  at: RunInstruction,
  draft: Draft,
  evaluation: Evaluation,
): OpId | undefined {
  if (mount.type !== 'bind' && mount.type !== 'cache') return undefined;
  if (mount.from === undefined && mount.type === 'cache') return undefined;
  const input =
    mount.from === undefined
      ? evaluation.graph.source({ kind: 'context', inputs: [] })
      : evaluation.findInput({ text: mount.from, range: flag.range }, draft, at);
  evaluation.takeFromContext(input, cleanPath(mount.source));
  return input;
}

/** Absolute; a secret as a variable and an ssh socket may have none. */
function targetOf(mount: Mount, flag: MountFlag, draft: Draft): string {
  if (mount.target === '' && (mount.type === 'secret' || mount.type === 'ssh')) return '';
  const target = joinPath(draft.config.workdir, mount.target);
  if (target !== '/') return target;
  throw new DockerfileError('a mount cannot have / as its target: write target=/path', flag);
}
