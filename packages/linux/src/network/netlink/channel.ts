import { UnavailableError, type CallOptions, type WharfError } from '@wharf/core';
import {
  AF_NETLINK,
  NETLINK_ROUTE,
  SOCK_RAW,
  type Native,
  type NetworkNamespace,
} from '@wharf/linux/native';
import { errnoOf, refusalOf } from './errors.js';
import {
  decodeMessage,
  encodeRequests,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  type Message,
  type Request,
} from './message.js';

const silenceMs = 10_000;
const dumpTries = 5;
/** Sequence numbers stay below 2^31. */
const lastSequence = 0x7fff_0000;

/** What came of some requests. */
export interface Reply {
  readonly messages: readonly Message[];
  /** By position in the requests. */
  readonly refusals: ReadonlyMap<number, Error>;
}

/** An rtnetlink socket in one namespace: exchanges off the main thread, one after another. */
export class RouteChannel {
  readonly #native: Native;
  readonly #fd: number;
  #sequence = 1;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;
  #broken = false;

  private constructor(native: Native, fd: number) {
    this.#native = native;
    this.#fd = fd;
  }

  /** `namespace` null is the daemon's own. */
  static async open(
    native: Native,
    namespace: NetworkNamespace | null,
    protocol = NETLINK_ROUTE,
  ): Promise<RouteChannel> {
    const fd = await native.socketInNetns(namespace, AF_NETLINK, SOCK_RAW, protocol);
    return new RouteChannel(native, fd);
  }

  /** Whether an exchange went astray, so that another socket is needed. */
  get broken(): boolean {
    return this.#broken;
  }

  /** All in one send. The kernel goes on after a request that it refuses. */
  async ask(requests: readonly Request[], { signal }: CallOptions): Promise<Reply> {
    if (requests.length === 0) return { messages: [], refusals: new Map() };
    const turn = this.#last.then(() => {
      signal.throwIfAborted();
      return this.#consistent(requests);
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** The same; the first refusal whose errno is not among `tolerated` is thrown, after all were tried. */
  async run(
    requests: readonly Request[],
    options: CallOptions & { readonly tolerated?: readonly string[] },
  ): Promise<readonly Message[]> {
    const { messages, refusals } = await this.ask(requests, options);
    const failure = firstRefusal(requests, refusals, options.tolerated ?? []);
    if (failure !== undefined) throw failure;
    return messages;
  }

  /** Idempotent. Waits for nothing: what is under way has a copy of the descriptor. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#native.close(this.#fd);
  }

  /** A dump is asked for again when something changed meanwhile; the last try counts. */
  async #consistent(requests: readonly Request[]): Promise<Reply> {
    const dumps = requests.every(({ flags }) => (flags & NLM_F_DUMP) === NLM_F_DUMP);
    for (let left = dumps ? dumpTries : 1; ; left--) {
      const reply = await this.#exchange(requests);
      const torn = reply.messages.some(({ flags }) => (flags & NLM_F_DUMP_INTR) !== 0);
      if (!torn || left <= 1) return reply;
    }
  }

  async #exchange(requests: readonly Request[]): Promise<Reply> {
    if (this.#closed || this.#broken) throw new UnavailableError('the netlink socket is closed');
    const first = this.#sequence;
    this.#sequence = first + requests.length > lastSequence ? 1 : first + requests.length;
    const sent = encodeRequests(requests, first);
    try {
      const { answers, refusals } = await this.#native.netlinkExchange(this.#fd, sent, silenceMs);
      return {
        messages: answers.map(decodeMessage),
        refusals: new Map(refusals.map(({ sequence, error }) => [sequence - first, error])),
      };
    } catch (error) {
      this.#broken = true;
      throw refusalOf(error, requests[0]?.subject ?? 'a request');
    }
  }
}

/** undefined when all that was refused is tolerated. */
export function firstRefusal(
  requests: readonly Request[],
  refusals: ReadonlyMap<number, Error>,
  tolerated: readonly string[],
): WharfError | undefined {
  for (const [position, error] of [...refusals].sort(([a], [b]) => a - b)) {
    if (tolerated.includes(errnoOf(error))) continue;
    return refusalOf(error, requests[position]?.subject ?? 'a request');
  }
  return undefined;
}
