export { createServer } from './server.js';
export type { EngineServer, ListenerOptions, ServerOptions } from './server.js';
export type { PeerCredentials, UnixListenerOptions } from './listeners/unix.js';
export type { TlsListenerOptions } from './listeners/tls.js';
export type { TlsFiles } from './listeners/tls-files.js';
export { readTlsFiles } from './listeners/tls-files.js';
export type { LogFields, Logger } from './logger.js';
