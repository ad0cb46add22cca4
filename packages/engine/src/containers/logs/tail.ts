import { open } from 'node:fs/promises';
import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import { openLog } from './files.js';

const block = 64 * 1024;
const lineFeed = 10;

export interface Start {
  /** Index into the list of files. */
  readonly file: number;
  /** Byte offset in it (for a compressed one: in its content). */
  readonly offset: number;
}

/** Where the last `count` lines of the log begin, reading backwards from its end. */
export async function tailStart(files: readonly string[], count: number): Promise<Start> {
  if (count <= 0) return endOf(files);
  let missing = count;
  for (let index = files.length - 1; index >= 0; index--) {
    const path = files[index] as string;
    const found = path.endsWith('.gz')
      ? lastLines(await readCompressed(path), missing)
      : await lastLinesOfFile(path, missing);
    if (found.lines >= missing) return { file: index, offset: found.offset };
    missing -= found.lines;
  }
  return { file: 0, offset: 0 };
}

async function endOf(files: readonly string[]): Promise<Start> {
  const last = files.at(-1);
  if (last === undefined) return { file: 0, offset: 0 };
  const file = await open(last, 'r').catch(() => undefined);
  const size = (await file?.stat())?.size ?? 0;
  await file?.close();
  return { file: files.length - 1, offset: size };
}

/** The content of a rotated file, at most one file's worth of memory. */
export async function readCompressed(path: string): Promise<Buffer> {
  const file = await openLog(path);
  if (file === undefined) return Buffer.alloc(0);
  try {
    return await promisify(gunzip)(await file.readFile(), { maxOutputLength: 1 << 30 });
  } catch {
    return Buffer.alloc(0);
  } finally {
    await file.close();
  }
}

interface Found {
  readonly lines: number;
  readonly offset: number;
}

function lastLines(content: Buffer, wanted: number): Found {
  let lines = 0;
  let at = content.length - 1;
  for (
    let next = content.lastIndexOf(lineFeed, at - 1);
    at > 0;
    next = content.lastIndexOf(lineFeed, at - 1)
  ) {
    lines += 1;
    if (lines === wanted) return { lines, offset: next + 1 };
    if (next < 0) break;
    at = next;
  }
  return { lines, offset: 0 };
}

async function lastLinesOfFile(path: string, wanted: number): Promise<Found> {
  const file = await openLog(path);
  if (file === undefined) return { lines: 0, offset: 0 };
  try {
    const buffer = Buffer.alloc(block);
    let lines = -1;
    for (let end = (await file.stat()).size; end > 0;) {
      const start = Math.max(0, end - block);
      const { bytesRead } = await file.read(buffer, 0, end - start, start);
      for (let i = bytesRead - 1; i >= 0; i--) {
        if (buffer[i] !== lineFeed) {
          if (lines < 0) lines = 0;
          continue;
        }
        lines += 1;
        if (lines === wanted) return { lines, offset: start + i + 1 };
      }
      end = start;
    }
    return { lines: Math.max(0, lines) + (lines >= 0 ? 1 : 0), offset: 0 };
  } finally {
    await file.close();
  }
}
