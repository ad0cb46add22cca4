export { FrameReader, encodeFrame, maxMessageSize, messageType, flag } from './frame.js';
export type { Frame, FrameHead } from './frame.js';
export { decodeStatus, encodeStatus, okStatus } from './status.js';
export { ServerConnection } from './server.js';
export type { Handler, Handlers, ServerStream } from './server.js';
export { ClientConnection, encodeRequest } from './client.js';
export type { ClientStream } from './client.js';
export type { Transport } from './transport.js';
