import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions } from '@wharf/core';
import { FailedPreconditionError, isWharfError } from '@wharf/core';
import type { HttpOp } from '@wharf/dockerfile';
import { shownAddress } from '../address.js';
import type { OpContext, OpExecutor } from '../executor.js';
import { isNoAnswer } from '../lock/moved.js';
import type { HttpSourceResult } from '../ports.js';
import { authorizationFor } from './authorization.js';
import type { OpDependencies } from './dependencies.js';
import { input } from './inputs.js';
import { Memo } from './memo.js';
import { isWhole } from './results.js';

/** A download that is in the store of trees. */
interface Download {
  /** Of its bytes. */
  readonly digest: string;
  readonly tree: string;
  readonly etag: string;
  readonly lastModified: string;
}

/** ADD of an address: one file, 0600, whatever the server says of its time. Asked for once in a build. */
export function httpExecutor(deps: OpDependencies): OpExecutor<HttpOp> {
  const memo = new Memo<Download>();
  const download = (op: HttpOp, context: OpContext): Promise<Download> =>
    memo.get([context.buildId, op.url, op.filename, op.checksum].join('\n'), () =>
      fetchOrKnow(deps, op, context),
    );
  return {
    async inputs(op, context) {
      const { digest } = await download(op, context);
      return [
        input('operation', 'http'),
        input('content', digest, shownAddress(op.url)),
        input('path', op.filename),
      ];
    },
    async execute(op, context) {
      const { tree } = await download(op, context);
      return { kind: 'tree', digest: tree };
    },
    isHere: (result, context) => isWhole(deps, result, context),
  };
}

async function fetchOrKnow(
  deps: OpDependencies,
  op: HttpOp,
  context: OpContext,
): Promise<Download> {
  const { pins } = context;
  const pin = pins.find('http', op.url);
  if (pin !== undefined && op.checksum !== undefined && pin !== op.checksum)
    throw new FailedPreconditionError(
      `Dockerfile.lock says that ${shownAddress(op.url)} is ${pin}, --checksum says ${op.checksum}: change one of them`,
    );
  const wanted = op.checksum ?? pin;
  const key = `http ${op.filename} ${shownAddress(op.url)}`;
  const known = await knownDownload(deps, key, context);
  const isTheOne = wanted !== undefined && known?.digest === wanted;
  const question = { known, wanted, pin, context };
  const asks = !isTheOne || pins.locked;
  const found = asks ? await ask(deps, op, question).catch(orKnown(known, isTheOne)) : known;
  deps.facts.set(key, JSON.stringify(found));
  pins.note('http', op.url, found.digest);
  return found;
}

/** What an earlier build has fetched, if all of it is still here. */
async function knownDownload(
  { facts, trees }: OpDependencies,
  key: string,
  { fresh, signal }: OpContext,
): Promise<Download | undefined> {
  const text = fresh ? undefined : facts.get(key);
  if (text === undefined) return undefined;
  const known = JSON.parse(text) as Download;
  return (await trees.facts(known.tree, { signal })) === undefined ? undefined : known;
}

/** What is here counts where nobody can say whether it has changed. */
function orKnown(known: Download | undefined, isTheOne: boolean): (error: unknown) => Download {
  return (error) => {
    if (known === undefined || !isTheOne || !isNoAnswer(error)) throw error;
    return known;
  };
}

interface Question {
  readonly known: Download | undefined;
  readonly wanted: string | undefined;
  readonly pin: string | undefined;
  readonly context: OpContext;
}

async function ask(deps: OpDependencies, op: HttpOp, question: Question): Promise<Download> {
  const { known, context } = question;
  const { signal } = context;
  await using scratch = await deps.scratch();
  const directory = join(scratch.path, 'files');
  await mkdir(directory, { mode: 0o755 });
  const found = await fetchInto(deps, op, { ...question, directory });
  if (found.kind === 'same' && known !== undefined) return known;
  if (found.kind === 'same')
    throw new FailedPreconditionError(
      `${shownAddress(op.url)} is said to be as before, but nothing was before`,
    );
  const tree = await importAll(deps, directory, { signal });
  const { digest, etag, lastModified } = found;
  return { digest, tree, etag, lastModified };
}

async function fetchInto(
  { sources }: OpDependencies,
  { url, filename }: HttpOp,
  { known, wanted, pin, context, directory }: Question & { readonly directory: string },
): Promise<HttpSourceResult> {
  const { signal, spec, report } = context;
  const authorization = authorizationFor(spec.secrets, 'HTTP_AUTH', hostOf(url));
  try {
    return await sources.http(
      {
        url,
        target: join(directory, filename),
        ...(known === undefined ? {} : { known }),
        ...(wanted === undefined ? {} : { checksum: wanted }),
        ...(authorization === undefined ? {} : { authorization }),
        onProgress: (current, total) => report.progress(shownAddress(url), current, total, 'bytes'),
      },
      { signal },
    );
  } catch (error) {
    if (pin === undefined || !isWharfError(error) || error.code !== 'data-loss') throw error;
    throw new FailedPreconditionError(
      `${shownAddress(url)} is no longer what Dockerfile.lock says: remove its line to take what is there now`,
      { cause: error, facts: { kind: 'http', name: shownAddress(url) } },
    );
  }
}

async function importAll(
  { trees }: OpDependencies,
  directory: string,
  options: CallOptions,
): Promise<string> {
  const { digest } = await trees.importDirectory(
    { directory, subpath: '', ignore: '', keep: [] },
    options,
  );
  return digest;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}
