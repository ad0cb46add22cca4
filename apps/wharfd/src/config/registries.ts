import { isWharfError } from '@wharf/core';
import { parseCidr, parseMirror, parsePlace } from '@wharf/registry';
import { z } from 'zod';

/** Text that `parse` takes; what it says otherwise is replaced by `message`, which shows no user data. */
function taken(parse: (text: string) => unknown, message: string) {
  return z.string().refine((text) => {
    try {
      return parse(text) !== false;
    } catch (error) {
      if (isWharfError(error)) return false;
      throw error;
    }
  }, message);
}

const hostOf = (text: string): boolean => {
  const { domain, path } = parsePlace(text, 'host');
  return path === '' && !domain.startsWith('*');
};
const placeOf = (text: string): boolean => !parsePlace(text, 'place').domain.startsWith('*');
const proxyOf = (text: string): boolean => {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
};

const absolute = z.string().refine((path) => path.startsWith('/'), 'must be an absolute path');
const place = taken(placeOf, 'must be host[:port][/path], without scheme');

/** `https://host[:port][/path]` of a mirror. */
export const mirror = taken(
  parseMirror,
  'must be https://host[:port][/path] without user or query (or http://)',
);

/** A host or a network, as dockerd has it. */
export const insecureRegistry = taken(
  (text) => parseCidr(text) !== undefined || hostOf(text),
  'must be host[:port] or a network as ADDRESS/BITS',
);

export const blockedRegistry = taken(
  (text) => parsePlace(text, 'blocked'),
  'must be host[:port][/path] or *.domain, without scheme',
);

/** A prefix of names and where they are. */
export const rewrites = z.record(place, place);

/** Where names without a host are: docker.io, or what takes its place. */
export const defaultRegistry = place;

/** What people write for dockerd under the same key. */
export const proxies = z.strictObject({
  'http-proxy': taken(proxyOf, 'must be http://[user:password@]host[:port]').optional(),
  'https-proxy': taken(proxyOf, 'must be http://[user:password@]host[:port]').optional(),
  'no-proxy': z.string().optional(),
});

const minChunk = 65_536;
const maxChunk = 1_073_741_824;

/** One registry. */
export const registry = z
  .strictObject({
    insecure: z.boolean().optional(),
    'allow-local': z.boolean().optional(),
    ca: absolute.optional(),
    'client-cert': absolute.optional(),
    'client-key': absolute.optional(),
    mirrors: z.array(mirror).optional(),
    username: z.string().min(1).optional(),
    'password-file': absolute.optional(),
    'identity-token-file': absolute.optional(),
    upload: z.enum(['stream', 'single']).optional(),
    'upload-chunk-size': z.int().min(minChunk).max(maxChunk).optional(),
  })
  .superRefine((settings, context) => {
    const complain = (message: string): void => context.addIssue({ code: 'custom', message });
    const has = (key: keyof typeof settings): boolean => settings[key] !== undefined;
    if (has('client-cert') !== has('client-key'))
      complain('client-cert and client-key go together');
    if (has('username') !== has('password-file'))
      complain('username and password-file go together');
    if (has('username') && has('identity-token-file')) {
      complain('give either username and password-file or identity-token-file');
    }
    if (has('upload') && has('upload-chunk-size')) {
      complain('give either upload or upload-chunk-size');
    }
  });

/** By host as references write it; `*`: mirrors of every registry without any of its own. */
export const registries = z.record(
  taken((text) => text === '*' || hostOf(text), 'must be host[:port] or *'),
  registry,
);

export type RegistrySettings = z.infer<typeof registry>;
