import { createHash, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { WharfError, type CacheInput } from '@wharf/core';
import type { Op } from '@wharf/dockerfile';
import { digestOf, type Digest } from '@wharf/oci';
import type { OpContext, OpExecutor, OpExecutors, OpResult } from '../executor.js';

export interface FakeExecutors extends OpExecutors {
  /** What was executed, by the words of RUN or the kind. */
  readonly executed: string[];
  /** Most at one time. */
  readonly most: () => number;
  readonly runningNow: () => number;
  /** Results that are gone. */
  readonly gone: Set<string>;
  /** Content of files by path, which copies depend on. */
  readonly contents: Map<string, string>;
}

export function digestOfText(text: string): Digest {
  return digestOf('sha256', createHash('sha256').update(text).digest('hex'));
}

/**
 * RUN `sleep N` takes so many ms, `fail` fails, `hang` waits for its cancellation, `say X [N]` writes and takes so many ms, `same` gives the same layer
 * whatever it was, `random` gives another one each time.
 */
export function fakeExecutors(): FakeExecutors {
  const executed: string[] = [];
  const gone = new Set<string>();
  const contents = new Map<string, string>();
  let [now, most] = [0, 0];
  const executor = <O extends Op>(): OpExecutor<O> => ({
    inputs: (op, context) => Promise.resolve(inputsOf(op, context, contents)),
    async execute(op, context) {
      now += 1;
      most = Math.max(most, now);
      try {
        executed.push(wordsOf(op));
        await act(op, context);
        return resultOf(op, context, contents);
      } finally {
        now -= 1;
      }
    },
    isHere: (result) => Promise.resolve(!gone.has(nameOf(result))),
  });
  return {
    ...{ executed, gone, contents, most: () => most, runningNow: () => now },
    ...{ image: executor(), scratch: executor(), context: executor(), files: executor() },
    ...{ http: executor(), git: executor(), run: executor(), copy: executor() },
    directory: executor(),
  } as unknown as FakeExecutors;
}

export function nameOf(result: OpResult): string {
  return result.kind === 'tree' ? result.digest : (result.diffIds.at(-1) ?? '');
}

function wordsOf(op: Op): string {
  return op.kind === 'run' ? (op.args.at(-1) ?? '') : op.kind;
}

function inputsOf(
  op: Op,
  context: OpContext,
  files: ReadonlyMap<string, string>,
): readonly CacheInput[] {
  const inputs = op.inputs.map((id) => ({
    kind: 'base',
    name: '',
    value: JSON.stringify(context.result(id)),
  }));
  const own: CacheInput[] = [{ kind: 'operation', name: '', value: op.kind }];
  if (op.kind === 'run') {
    own.push(...op.args.map((value) => ({ kind: 'command', name: '', value })));
    for (const entry of op.env) {
      const [name = '', value = ''] = entry.split('=');
      own.push({ kind: 'environment', name, value });
    }
  }
  if (op.kind === 'image') own.push({ kind: 'image', name: '', value: op.reference });
  if (op.kind === 'copy') {
    for (const { path } of op.items) {
      const value = digestOfText(files.get(path) ?? '');
      own.push({ kind: 'file', name: path.slice(1), value });
    }
  }
  return [...own, ...inputs];
}

async function act(op: Op, { signal, report }: OpContext): Promise<void> {
  const [word, value = '', ms = '0'] = wordsOf(op).split(' ');
  if (word === 'sleep') await setTimeout(Number(value), undefined, { signal });
  if (word === 'hang') await setTimeout(60_000, undefined, { signal });
  if (word === 'say') {
    report.log('stdout', Buffer.from(value));
    if (ms !== '0') await setTimeout(Number(ms), undefined, { signal });
  }
  if (word === 'fail')
    throw new WharfError('failed-precondition', 'the command has failed', {
      facts: { exitCode: '3' },
    });
}

function resultOf(op: Op, context: OpContext, files: ReadonlyMap<string, string>): OpResult {
  if (wordsOf(op) === 'random') return { kind: 'layers', diffIds: [digestOfText(randomUUID())] };
  if (op.kind === 'scratch') return { kind: 'layers', diffIds: [] };
  if (op.kind === 'context' || op.kind === 'files')
    return { kind: 'tree', digest: digestOfText(op.kind) };
  const below = 'base' in op ? context.result(op.base) : undefined;
  const diffIds = below?.kind === 'layers' ? below.diffIds : [];
  const words = wordsOf(op).endsWith('same')
    ? 'same'
    : JSON.stringify(inputsOf(op, context, files));
  return { kind: 'layers', diffIds: [...diffIds, digestOfText(words)] };
}
