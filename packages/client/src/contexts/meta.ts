import { InvalidArgumentError } from '@wharf/core';
import type { Context } from './context.js';

type Meta = Omit<Context, 'tls'>;

/** The endpoint of a context's meta.json that is ours. */
export const endpointName = 'wharf';

/** The meta.json of a context, in docker's form. */
export function metaText({ name, description, host, serverName, verify }: Meta): string {
  const endpoint = {
    Host: host,
    SkipTLSVerify: !verify,
    ...(serverName === undefined ? {} : { ServerName: serverName }),
  };
  const meta = {
    Name: name,
    Metadata: { Description: description },
    Endpoints: { [endpointName]: endpoint },
  };
  return JSON.stringify(meta);
}

/** `where` names the text in messages. @throws InvalidArgumentError for what is no meta.json of a context of ours */
export function parseMeta(text: string, where: string): Meta {
  const meta = parseObject(text, where);
  const endpoint = objectIn(objectIn(meta, 'Endpoints'), endpointName);
  const [name, host, serverName] = [meta['Name'], endpoint['Host'], endpoint['ServerName']];
  if (typeof name !== 'string' || typeof host !== 'string') {
    throw new InvalidArgumentError(`${where} is not a context: it has no name or no host`);
  }
  const description = objectIn(meta, 'Metadata')['Description'];
  return {
    name,
    host,
    description: typeof description === 'string' ? description : '',
    ...(typeof serverName === 'string' ? { serverName } : {}),
    verify: endpoint['SkipTLSVerify'] !== true,
  };
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(text: string, where: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // The message below says it.
  }
  throw new InvalidArgumentError(`${where} is not a context: it is not a JSON object`);
}

function objectIn(fields: Fields, key: string): Fields {
  const value = Object.hasOwn(fields, key) ? fields[key] : undefined;
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
