import { setTimeout as sleep } from 'node:timers/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault, RecordedRequest } from './types.js';

/** The right answer to a request, before a fault is laid over it. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Uint8Array;
  /** The body may be asked for in parts. */
  readonly ranges?: boolean;
}

const pieceSize = 64 * 1024;

/** Sends `answer`, spoiled by `fault`. Never rejects: a client that leaves is not an event here. */
export async function sendAnswer(
  req: IncomingMessage,
  res: ServerResponse,
  answer: Answer,
  fault: Fault | undefined,
  log: RecordedRequest,
): Promise<void> {
  try {
    if (fault?.type === 'hang') return;
    if (fault?.type === 'no-answer') return void res.socket?.destroy();
    if (fault?.type === 'raw') return sendRaw(res, fault.bytes);
    const shaped = shape(req, override(answer, fault), fault);
    log.status = shaped.status;
    res.writeHead(shaped.status, shaped.headers);
    if (req.method === 'HEAD') return void res.end();
    await sendBody(res, shaped.body, fault, log);
  } catch {
    res.destroy();
  }
}

function sendRaw(res: ServerResponse, bytes: string | Uint8Array): void {
  res.socket?.end(bytes);
}

function override(answer: Answer, fault: Fault | undefined): Answer {
  if (fault?.type !== 'status') return answer;
  const body = typeof fault.body === 'string' ? Buffer.from(fault.body) : fault.body;
  return { status: fault.status, headers: { ...fault.headers }, body: body ?? new Uint8Array() };
}

function shape(req: IncomingMessage, answer: Answer, fault: Fault | undefined): Answer {
  const ranged = answer.ranges === true ? rangeOf(req, answer, fault) : answer;
  let { body } = ranged;
  const headers = { ...ranged.headers };
  if (fault?.type === 'wrong-bytes' && body.length > 0) {
    body = Uint8Array.from(body);
    body[body.length - 1] = body[body.length - 1]! ^ 0xff;
  }
  if (fault?.type === 'append') body = Buffer.concat([body, new Uint8Array(fault.bytes)]);
  headers['content-length'] = String(body.length);
  if (fault?.type === 'content-length') {
    headers['content-length'] = String(body.length + fault.delta);
  }
  if (fault?.type === 'no-length' || fault?.type === 'infinite') delete headers['content-length'];
  if (fault?.type === 'content-range') headers['content-range'] = fault.value;
  if (fault?.type === 'headers') Object.assign(headers, fault.headers);
  if (fault?.type === 'without-headers') for (const name of fault.names) delete headers[name];
  return { status: ranged.status, headers, body };
}

function rangeOf(req: IncomingMessage, answer: Answer, fault: Fault | undefined): Answer {
  const range = /^bytes=(\d+)-$/.exec(req.headers.range ?? '');
  if (range === null || fault?.type === 'ignore-range') return answer;
  const from = Number(range[1]);
  const total = answer.body.length;
  if (from >= total) {
    const headers = { 'content-range': `bytes */${total}` };
    return { status: 416, headers, body: new Uint8Array() };
  }
  const headers = { ...answer.headers, 'content-range': `bytes ${from}-${total - 1}/${total}` };
  return { status: 206, headers, body: answer.body.subarray(from) };
}

async function sendBody(
  res: ServerResponse,
  body: Uint8Array,
  fault: Fault | undefined,
  log: RecordedRequest,
): Promise<void> {
  if (fault?.type === 'infinite') return sendForEver(res, log);
  const step = fault?.type === 'drip' ? fault.bytes : pieceSize;
  const end = fault?.type === 'cut' || fault?.type === 'hang-body' ? fault.after : body.length;
  for (let at = 0; at < end && at < body.length; at += step) {
    await write(res, body.subarray(at, Math.min(at + step, end)), log);
    if (fault?.type === 'drip') await sleep(fault.everyMs, undefined, { ref: false });
  }
  if (fault?.type === 'hang-body') return void res.flushHeaders();
  if (fault?.type === 'cut') return void res.socket?.destroy();
  res.end();
}

async function sendForEver(res: ServerResponse, log: RecordedRequest): Promise<void> {
  const zeros = new Uint8Array(pieceSize);
  while (!res.destroyed && res.socket?.destroyed === false) await write(res, zeros, log);
}

function write(res: ServerResponse, piece: Uint8Array, log: RecordedRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(new DOMException('the client left', 'AbortError'));
    res.once('close', onClose);
    res.write(piece, (error) => {
      res.off('close', onClose);
      if (error) reject(error);
      else {
        log.bytesSent += piece.length;
        resolve();
      }
    });
  });
}
