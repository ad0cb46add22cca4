export { createClient } from './client.js';
export type { Client, ClientOptions } from './client.js';
export { hostText, parseHost } from './host.js';
export type { Host } from './host.js';
export type { TlsClientOptions } from './transport/tls.js';
