import { readFileSync } from 'node:fs';

/** Bytes in the kernel's buffers of the connections to a port of this host. */
export interface InFlight {
  /** Written by the server, not yet acknowledged by the client's kernel. */
  readonly unsent: number;
  /** Arrived, and not read by the client. */
  readonly unread: number;
}

/** Reads /proc/net/tcp (proc_pid_net(5)) without giving way, so that a server in this process writes nothing meanwhile. */
export function inFlight(port: number): InFlight {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  let [unsent, unread] = [0, 0];
  for (const line of readFileSync('/proc/net/tcp', 'latin1').split('\n').slice(1)) {
    const [, local = '', remote = '', , queues = ''] = line.trim().split(/\s+/);
    const [sending = '0', received = '0'] = queues.split(':');
    if (local.endsWith(`:${hex}`) && !isListening(remote)) unsent += parseInt(sending, 16);
    if (remote.endsWith(`:${hex}`)) unread += parseInt(received, 16);
  }
  return { unsent, unread };
}

const isListening = (remote: string): boolean => remote.endsWith(':0000');
