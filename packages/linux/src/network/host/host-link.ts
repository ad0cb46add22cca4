import type { CallOptions } from '@wharf/core';
import type { Native, NetworkNamespace } from '@wharf/linux/native';
import { RouteChannel, type Reply } from '../netlink/channel.js';
import { errnoOf, refusalOf } from '../netlink/errors.js';
import { decodeLink, getLinks, type Link } from '../netlink/link.js';
import type { Message, Request } from '../netlink/message.js';
import { settingRefused } from './setting.js';

/** The host's own network namespace, with the indexes of its interfaces as far as they are known. */
export class HostLink {
  readonly #native: Native;
  readonly #namespace: NetworkNamespace | null;
  readonly #indexes = new Map<string, number>();
  #channel: Promise<RouteChannel> | undefined;

  constructor(native: Native, namespace: NetworkNamespace | null) {
    this.#native = native;
    this.#namespace = namespace;
  }

  async ask(requests: readonly Request[], options: CallOptions): Promise<Reply> {
    return (await this.#open()).ask(requests, options);
  }

  async run(
    requests: readonly Request[],
    options: CallOptions & { readonly tolerated?: readonly string[] },
  ): Promise<readonly Message[]> {
    return (await this.#open()).run(requests, options);
  }

  /** undefined when there is no interface of that name. */
  async find(name: string, options: CallOptions): Promise<Link | undefined> {
    const { messages, refusals } = await this.ask([getLinks(name)], options);
    const [refused] = refusals.values();
    if (refused !== undefined && errnoOf(refused) !== 'ENODEV') {
      throw refusalOf(refused, `interface ${name}`);
    }
    const [link] = messages.map(decodeLink);
    if (link === undefined) this.#indexes.delete(name);
    else this.#indexes.set(name, link.index);
    return link;
  }

  async links(options: CallOptions): Promise<readonly Link[]> {
    const messages = await this.run([getLinks()], options);
    return messages.map(decodeLink).filter((link) => link !== undefined);
  }

  /** Of an interface; it may be out of date until `forget`. Throws not-found. */
  async indexOf(name: string, options: CallOptions): Promise<number> {
    const known = this.#indexes.get(name) ?? (await this.find(name, options))?.index;
    if (known !== undefined) return known;
    throw refusalOf(
      Object.assign(new Error('no such device'), { code: 'ENODEV' }),
      `interface ${name}`,
    );
  }

  forget(name: string): void {
    this.#indexes.delete(name);
  }

  /** Keys below /proc/sys with slashes; throws on the first that was refused but those of `tolerated`. */
  async settings(
    entries: readonly (readonly [string, string])[],
    tolerated: readonly number[] = [],
  ): Promise<void> {
    await writeSettings(this.#native, this.#namespace, entries, tolerated);
  }

  async close(): Promise<void> {
    const channel = await this.#channel?.catch(() => undefined);
    channel?.[Symbol.dispose]();
    this.#channel = undefined;
  }

  /** One for all; another one after it went astray or could not be opened. */
  async #open(): Promise<RouteChannel> {
    const opening = (this.#channel ??= RouteChannel.open(this.#native, this.#namespace));
    try {
      const channel = await opening;
      if (!channel.broken) return channel;
      channel[Symbol.dispose]();
    } catch (error) {
      if (this.#channel === opening) this.#channel = undefined;
      throw error;
    }
    if (this.#channel === opening) this.#channel = undefined;
    return this.#open();
  }
}

/** Errors name the key. */
export async function writeSettings(
  native: Native,
  namespace: NetworkNamespace | null,
  entries: readonly (readonly [string, string])[],
  tolerated: readonly number[] = [],
): Promise<void> {
  if (entries.length === 0) return;
  const results = await native.sysctlsInNetns(namespace, entries);
  results.forEach((errno, position) => {
    if (errno === 0 || tolerated.includes(errno)) return;
    throw settingRefused(entries[position]?.[0] ?? '', errno);
  });
}
