/** The daemon's words to its resolver process: one JSON object a line, each answered by one with the same `id`. */

/** Raised when an older resolver would misunderstand; it is then replaced. */
export const resolverProtocol = 2;

/** A container whose names are served, and in whose namespace the resolver listens. */
export interface ResolverSandbox {
  readonly containerId: string;
  /** Of its network namespace; '' for one that is only found by others. */
  readonly path: string;
  readonly networks: readonly {
    readonly networkId: string;
    readonly internal: boolean;
    /** Lower case, without a dot at the end; the first is the answer of a reverse look-up. */
    readonly names: readonly string[];
    readonly addresses: readonly string[];
    /** Names without domain under which programs of the host find it, where they may. */
    readonly hostNames?: readonly string[];
  }[];
  /** Names that it alone has for others: another of their names for each, both in lower case. */
  readonly links?: readonly { readonly alias: string; readonly name: string }[];
  /** Servers for all other names; empty: those of the host, as they change. */
  readonly upstream: readonly string[];
  readonly egress?: ResolverEgress;
}

/** Which names a container that may not reach everything may look up, and where their addresses are noted. */
export interface ResolverEgress {
  readonly denied: boolean;
  /** `*.` in front stands for any number of labels; port 0 is any. */
  readonly names: readonly { readonly pattern: string; readonly port: number }[];
  /** Name of the nft table (family inet), its sets of `address . port`, and those of addresses; with timeouts. */
  readonly table: string;
  readonly set4: string;
  readonly set6: string;
  readonly any4: string;
  readonly any6: string;
}

export type ResolverCall =
  | { readonly op: 'hello' }
  | { readonly op: 'put'; readonly sandbox: ResolverSandbox }
  | { readonly op: 'remove'; readonly containerId: string }
  | {
      readonly op: 'sync';
      readonly sandboxes: readonly ResolverSandbox[];
      /** ADDRESS:PORT on the loopback of the host where its programs may ask; absent: nowhere. */
      readonly host?: string;
    }
  | { readonly op: 'leave' };

export type ResolverRequest = ResolverCall & { readonly id: number };

export interface ResolverResponse {
  readonly id: number;
  /** Absent when it went well. */
  readonly error?: string;
  /** To `hello`. */
  readonly protocol?: number;
  /** To `sync`: why programs of the host cannot ask. */
  readonly hostFault?: string;
}

/** Names that a container was refused within a second. */
export interface RefusedNames {
  readonly containerId: string;
  readonly names: readonly string[];
  /** How many more there were. */
  readonly dropped: number;
}

/** Without being asked, on every connection of a daemon; at most once a second. */
export interface ResolverNews {
  readonly id: 0;
  readonly refused: readonly RefusedNames[];
}

/** What is kept in a file for the next resolver. */
export interface ResolverState {
  readonly sandboxes: readonly ResolverSandbox[];
  readonly host?: string;
}
