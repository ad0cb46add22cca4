import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import {
  DataLossError,
  ResourceExhaustedError,
  UnavailableError,
  WharfError,
  printable,
  type CallOptions,
} from '@wharf/core';
import type { PluginAddress } from './discover.js';

/** Longest time for one answer. */
const longestMs = 30_000;
/** Longest answer. */
const mostBytes = 1 << 20;
const mediaType = 'application/vnd.docker.plugins.v1.2+json';

export type Answer = Readonly<Record<string, unknown>>;

export interface PluginCall {
  readonly name: string;
  readonly address: PluginAddress;
  /** `VolumeDriver.Create` */
  readonly method: string;
  readonly body: object;
}

/**
 * One question to a plugin, and its answer as a plain object.
 * @throws UnavailableError when it cannot be reached, deadline-exceeded, ResourceExhaustedError for an answer without
 * end, DataLossError for what is no JSON object; failed-precondition with the plugin's own words when it says no.
 */
export async function callPlugin(call: PluginCall, { signal }: CallOptions): Promise<Answer> {
  const limit = AbortSignal.timeout(longestMs);
  try {
    const response = await send(call, AbortSignal.any([signal, limit]));
    const answer = parseAnswer(call, await bodyOf(call, response));
    const said = answer['Err'];
    if (typeof said === 'string' && said !== '') throw refusal(call, said);
    if (response.statusCode === 200) return answer;
    throw refusal(call, `status ${response.statusCode}`);
  } catch (cause) {
    if (cause instanceof WharfError) throw cause;
    signal.throwIfAborted();
    if (limit.aborted) {
      throw new WharfError(
        'deadline-exceeded',
        `plugin ${call.name} did not answer ${call.method} in ${longestMs / 1000} s`,
        { cause },
      );
    }
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UnavailableError(`plugin ${call.name} cannot be reached: ${printable(why)}`, {
      cause,
    });
  }
}

async function send(
  { address, method, body }: PluginCall,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const where =
    address.kind === 'unix'
      ? { socketPath: address.path, host: 'plugin' }
      : { host: address.host, port: address.port };
  const text = JSON.stringify(body);
  const headers = {
    accept: mediaType,
    'content-type': mediaType,
    'content-length': Buffer.byteLength(text),
  };
  const call = request({ ...where, path: `/${method}`, method: 'POST', headers, signal });
  call.end(text);
  const [response] = (await once(call, 'response', { signal })) as [IncomingMessage];
  return response;
}

async function bodyOf({ name }: PluginCall, response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) {
      response.destroy();
      throw new ResourceExhaustedError(`plugin ${name} answers with more than ${mostBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseAnswer({ name, method }: PluginCall, text: string): Answer {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Answer;
  } catch {
    // Some answer an error in plain text.
  }
  throw new DataLossError(
    `plugin ${name} answers ${method} with something else than a JSON object: ${printable(text.slice(0, 200))}`,
  );
}

function refusal({ name, method }: PluginCall, said: string): WharfError {
  return new WharfError('failed-precondition', `${method}: ${printable(said.slice(0, 1000))}`, {
    facts: { plugin: name },
  });
}
