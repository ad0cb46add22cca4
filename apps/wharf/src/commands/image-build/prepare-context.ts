import { FailedPreconditionError, InvalidArgumentError, type BuildSource } from '@wharf/core';
import type { Input } from '../../io/io.js';
import { archiveHead, isArchive } from './archive-kind.js';
import type { ContextPlace } from './context-place.js';
import { findDockerfile } from './dockerfile-place.js';
import { peek } from './peek.js';
import { sendArchive, sendDirectory, type Sending } from './send-tree.js';
import { wholeText } from './whole-text.js';

/** A build context that the daemon has or can fetch. */
export interface PreparedContext {
  readonly context?: BuildSource;
  readonly dockerfilePath: string;
  /** When it is not in the context. */
  readonly dockerfile?: string;
  /** The text of the Dockerfile, where it is known here. */
  readonly text?: string;
  /** Where its lock file is; absent when the Dockerfile is no file of this machine. */
  readonly lockPath?: string;
  readonly createdAt?: Date;
}

export interface ContextRequest {
  readonly place: ContextPlace;
  /** Of -f. */
  readonly file: string | undefined;
  readonly stdin: Input;
}

const title = '[internal] send build context';

/** Sends the context. @throws failed-precondition for a Dockerfile that is not there */
export async function prepareContext(
  { place, file, stdin }: ContextRequest,
  sending: Sending,
): Promise<PreparedContext> {
  if (file === '-' && place.kind === 'stdin') {
    throw new InvalidArgumentError(
      "can't use stdin for both build context and dockerfile: name one of them",
    );
  }
  const typed = file === '-' || place.kind === 'stdin';
  if (typed && stdin.isTTY) {
    throw new FailedPreconditionError(
      'the build reads standard input, but that is a terminal: redirect a file to it',
    );
  }
  if (place.kind === 'stdin') return fromInput(stdin, file, sending);
  const text = file === '-' ? await wholeText('the Dockerfile', stdin.read(), sending) : undefined;
  if (place.kind === 'directory') return fromDirectory(place.path, file, text, sending);
  const context = { kind: place.kind, url: place.url } as const;
  if (text !== undefined) return { context, dockerfilePath: '', dockerfile: text, text };
  return { context, dockerfilePath: file ?? '' };
}

async function fromInput(
  stdin: Input,
  file: string | undefined,
  sending: Sending,
): Promise<PreparedContext> {
  const { head, all } = await peek(stdin.read(), archiveHead);
  if (isArchive(head)) {
    const digest = await sendArchive(title, all, sending);
    return { context: { kind: 'archive', digest }, dockerfilePath: file ?? '' };
  }
  const text = await wholeText('standard input', all, sending);
  if (file !== undefined) {
    throw new InvalidArgumentError(
      '-f names a file of the context, but standard input is a Dockerfile: leave -f out or send a tar',
    );
  }
  if (text.trim() === '') {
    throw new InvalidArgumentError('standard input is empty: send a Dockerfile or a tar');
  }
  return { dockerfilePath: '', dockerfile: text, text };
}

async function fromDirectory(
  directory: string,
  file: string | undefined,
  typed: string | undefined,
  sending: Sending,
): Promise<PreparedContext> {
  const found = typed === undefined ? await findDockerfile(directory, file, sending) : undefined;
  const opened = await sendDirectory(title, directory, sending, found?.path);
  const { digest, createdAt, dockerfilePath } = opened;
  const common = {
    context: { kind: 'tree', digest },
    ...(createdAt === undefined ? {} : { createdAt }),
  } as const;
  if (found === undefined) return { ...common, dockerfilePath: '', ...both(typed ?? '') };
  const lockPath = `${found.path}.lock`;
  if (dockerfilePath !== undefined && opened.hidden.length === 0) {
    return { ...common, dockerfilePath, text: found.text, lockPath };
  }
  return { ...common, dockerfilePath: dockerfilePath ?? found.path, lockPath, ...both(found.text) };
}

function both(text: string): { readonly dockerfile: string; readonly text: string } {
  return { dockerfile: text, text };
}
