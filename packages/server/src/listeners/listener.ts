import type { Duplex } from 'node:stream';
import type { Closable, Peer } from '@wharf/core';

/** A place where callers connect. Closing stops accepting; connections live on. */
export interface Listener extends Closable {
  /** As users write it: unix:///run/wharf/wharf.sock, tcp://127.0.0.1:2376. */
  readonly address: string;
}

/** Where a listener hands a connection over once it knows who is at the other end. */
export type OnConnection = (connection: Duplex, peer: Peer) => void;

/** More connections than these are closed as they come (SECURITY.md A-07). */
export const maxConnections = 1024;
