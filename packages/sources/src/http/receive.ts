import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { BodyWatch, DataLossError, ResourceExhaustedError, WharfError } from '@wharf/core';
import type { SourceLimits } from '../config.js';
import { explained } from './exchange.js';

export interface Received {
  /** `sha256:…` */
  readonly digest: string;
  readonly size: number;
}

interface Reception {
  readonly url: URL;
  readonly target: string;
  readonly checksum: string | undefined;
  readonly limits: SourceLimits;
  readonly onProgress: ((current: number, total: number) => void) | undefined;
}

/** Writes a body to a new file (0600), hashed and counted as it comes; nothing stays of what fails. */
export async function receive(
  body: IncomingMessage,
  reception: Reception,
  signal: AbortSignal,
): Promise<Received> {
  const { target, url } = reception;
  const file = await open(target, 'wx', 0o600).catch((error: unknown) => {
    body.destroy();
    throw error;
  });
  try {
    const received = await copy(body, file, reception, signal);
    await file.close();
    return received;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(target, { force: true });
    throw isOfSystem(error) ? error : explained(error, url, signal);
  } finally {
    body.destroy();
  }
}

async function copy(
  body: IncomingMessage,
  file: FileHandle,
  { url, checksum, limits, onProgress }: Reception,
  signal: AbortSignal,
): Promise<Received> {
  const hash = createHash('sha256');
  const total = Number(body.headers['content-length'] ?? 0);
  if (total > limits.httpBytes) throw tooLarge(url, limits.httpBytes);
  let size = 0;
  using watch = new BodyWatch(limits, {
    ...{ host: url.host, verb: 'sends' },
    fault: (text, more) => new WharfError('deadline-exceeded', text, more),
    end: (fault) => void body.destroy(fault),
  });
  const parts: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  for (;;) {
    watch.wait();
    const next = await parts.next();
    watch.moved(next.done === true ? 0 : next.value.length);
    if (next.done === true) break;
    size += next.value.length;
    if (size > limits.httpBytes) throw tooLarge(url, limits.httpBytes);
    hash.update(next.value);
    await writeAll(file, next.value);
    signal.throwIfAborted();
    onProgress?.(size, total);
  }
  const digest = `sha256:${hash.digest('hex')}`;
  if (checksum === undefined || checksum === digest) return { digest, size };
  throw new DataLossError(
    `${url.host}: the file is ${digest}, and not ${checksum} as its checksum says`,
    {
      facts: { host: url.host, digest, checksum },
    },
  );
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
}

function tooLarge(url: URL, limit: number): ResourceExhaustedError {
  return new ResourceExhaustedError(`${url.host}: the file is larger than ${limit} bytes`, {
    facts: { host: url.host },
  });
}

/** Of the disk, not of the connection; core gives it its code. */
function isOfSystem(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT'].includes(String(error.code))
  );
}
