import { createReadStream, createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BuildFrame, BuildWarning, CallOptions } from '@wharf/core';

/** One line of a log: bytes of a step, or a warning. */
type Line =
  | { readonly s: number; readonly o: 1 | 2; readonly t: number; readonly d: string }
  | { readonly w: BuildWarning };

export type LoggedFrame = Extract<BuildFrame, { readonly kind: 'log' | 'warning' }>;

/** What the steps of one build write, as lines of JSON; a file of ours (0600). */
export interface LogWriter {
  write(frame: LoggedFrame): void;
  /** Never fails: a log that cannot be written ends. */
  close(): Promise<void>;
}

export function logPath(root: string, id: string): string {
  return join(root, 'logs', id);
}

/** The file comes with its first line: a build of which all is cached has none. */
export function openLogWriter(path: string, onFailure: (error: unknown) => void): LogWriter {
  let file: WriteStream | 'failed' | undefined;
  const open = (): WriteStream | 'failed' => {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    } catch (error) {
      onFailure(error);
      return 'failed';
    }
    const opened = createWriteStream(path, { flags: 'a', mode: 0o600 });
    opened.on('error', (error) => {
      if (file !== 'failed') onFailure(error);
      file = 'failed';
    });
    return opened;
  };
  return {
    write(frame) {
      file ??= open();
      if (file !== 'failed') file.write(`${JSON.stringify(toLine(frame))}\n`);
    },
    async close() {
      const ending = file;
      if (ending === undefined || ending === 'failed') return;
      ending.end();
      await once(ending, 'close').catch(() => undefined);
    },
  };
}

/** Nothing for a log that is not there; lines that are none are left out. */
export async function* readLog(
  path: string,
  { signal }: CallOptions,
): AsyncGenerator<LoggedFrame, void, undefined> {
  const input = createReadStream(path, { signal });
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      const frame = toFrame(text);
      if (frame !== undefined) yield frame;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    input.destroy();
  }
}

function toLine(frame: LoggedFrame): Line {
  if (frame.kind === 'warning') return { w: frame.warning };
  return {
    s: frame.stepId,
    o: frame.stream === 'stdout' ? 1 : 2,
    t: frame.at.getTime(),
    d: Buffer.from(frame.data).toString('base64'),
  };
}

function toFrame(text: string): LoggedFrame | undefined {
  try {
    const line = JSON.parse(text) as Line;
    if ('w' in line) return { kind: 'warning', warning: line.w };
    return {
      kind: 'log',
      stepId: line.s,
      stream: line.o === 1 ? 'stdout' : 'stderr',
      data: Buffer.from(line.d, 'base64'),
      at: new Date(line.t),
    };
  } catch {
    return undefined;
  }
}
