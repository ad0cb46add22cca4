import { z } from 'zod';
import {
  blockedRegistry,
  defaultRegistry,
  insecureRegistry,
  mirror,
  proxies,
  registries,
  rewrites,
} from './registries.js';
import { buildSettings } from './build.js';
import { gcSchema } from './gc.js';
import { networkKeys } from './network-values.js';
import { serveSchema } from './serve.js';

const absolute = z.string().refine((path) => path.startsWith('/'), 'must be an absolute path');
const host = z
  .string()
  .refine(
    (text) => /^(unix:\/\/\/|tcp:\/\/)/.test(text),
    'must be unix:///path or tcp://host:port',
  );
const level = z.enum(['debug', 'info', 'warn', 'error']);
const seconds = z.int().min(0).max(86_400);

/** The configuration file, version 1. Unknown keys fail. Names are dockerd's where the meaning is the same. */
export const configSchema = z.strictObject({
  version: z.literal(1).default(1),
  hosts: z.array(host).min(1).default(['unix:///run/wharf/wharf.sock']),
  'data-root': absolute.default('/var/lib/wharf'),
  'exec-root': absolute.default('/run/wharf'),
  group: z.string().default(''),
  'log-level': level.default('info'),
  'log-format': z.enum(['text', 'json']).default('text'),
  'log-driver': z.enum(['json-file', 'none']).default('json-file'),
  'log-opts': z.record(z.string(), z.string()).default({}),
  runtimes: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/), z.strictObject({ path: absolute }))
    .default({}),
  'default-runtime': z.string().default(''),
  'default-registry': defaultRegistry.default('docker.io'),
  'insecure-registries': z.array(insecureRegistry).default([]),
  'blocked-registries': z.array(blockedRegistry).default([]),
  'registry-mirrors': z.array(mirror).default([]),
  registries: registries.default({}),
  rewrite: rewrites.default({}),
  proxies: proxies.default({}),
  'certs-dirs': z.array(absolute).default(['/etc/wharf/certs.d', '/etc/docker/certs.d']),
  'max-concurrent-downloads': z.int().min(1).max(64).default(3),
  'max-concurrent-uploads': z.int().min(1).max(64).default(5),
  'max-download-attempts': z.int().min(1).max(100).default(5),
  gc: gcSchema.optional(),
  build: buildSettings.prefault({}),
  'serve-registry': serveSchema.optional(),
  'cgroup-parent': z
    .string()
    .regex(/^\/?[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/, 'must be a path of plain names')
    .default('/wharf'),
  'default-pids-limit': z.int().min(-1).max(4_194_304).default(2048),
  'no-new-privileges': z.boolean().default(false),
  init: z.boolean().default(false),
  ...networkKeys,
  'shutdown-timeout': seconds.default(5),
  tlscacert: absolute.optional(),
  tlscert: absolute.optional(),
  tlskey: absolute.optional(),
  tlscrl: absolute.optional(),
  'tls-min-version': z.enum(['1.2', '1.3']).default('1.3'),
});

export type Config = z.infer<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;
