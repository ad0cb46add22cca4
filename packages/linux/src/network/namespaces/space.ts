import type { CallOptions } from '@wharf/core';
import type { Native } from '@wharf/linux/native';
import { RouteChannel } from '../netlink/channel.js';
import { refusalOf } from '../netlink/errors.js';
import { decodeLink, getLinks, type Link } from '../netlink/link.js';

/**
 * What every namespace begins with: nothing in it has IPv6 but its loopback, and no router's word is taken (R12). Who
 * gets an address tells its neighbours, who may know its former holder.
 */
const firstSettings = [
  ['net/ipv6/conf/all/accept_ra', '0'],
  ['net/ipv6/conf/default/accept_ra', '0'],
  ['net/ipv6/conf/all/disable_ipv6', '1'],
  ['net/ipv6/conf/lo/disable_ipv6', '0'],
  ['net/ipv6/conf/default/ndisc_notify', '1'],
  ['net/ipv4/conf/default/arp_notify', '1'],
] as const;

/** A network namespace that we hold open, with a socket in it. */
export class Space {
  readonly fd: number;
  readonly channel: RouteChannel;
  readonly #native: Native;

  private constructor(native: Native, fd: number, channel: RouteChannel) {
    this.#native = native;
    this.fd = fd;
    this.channel = channel;
  }

  /** A new one, that goes with the last of its descriptors, pins and processes. */
  static async create(native: Native): Promise<Space> {
    const fd = await native.netnsCreate(firstSettings);
    return Space.#around(native, fd);
  }

  /** The one that is pinned at `path`. */
  static async open(native: Native, path: string): Promise<Space> {
    try {
      return await Space.#around(native, native.openat2(-100, path, openFlags, 0, 0));
    } catch (error) {
      throw refusalOf(error, `network namespace ${path}`);
    }
  }

  static async #around(native: Native, fd: number): Promise<Space> {
    try {
      return new Space(native, fd, await RouteChannel.open(native, fd));
    } catch (error) {
      native.close(fd);
      throw error;
    }
  }

  async links(options: CallOptions): Promise<readonly Link[]> {
    const messages = await this.channel.run([getLinks()], options);
    return messages.map(decodeLink).filter((link) => link !== undefined);
  }

  [Symbol.dispose](): void {
    this.channel[Symbol.dispose]();
    this.#native.close(this.fd);
  }
}

/** O_RDONLY | O_CLOEXEC. */
const openFlags = 0o2000000;
