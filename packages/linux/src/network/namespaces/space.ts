import { AT_FDCWD, O_CLOEXEC, type Native } from '@wharf/linux/native';
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
  /** The links that it began with; some kernels give every namespace more than a loopback. */
  readonly firstLinks: readonly Link[];
  readonly #native: Native;

  private constructor(native: Native, fd: number, channel: RouteChannel, links: readonly Link[]) {
    this.#native = native;
    this.fd = fd;
    this.channel = channel;
    this.firstLinks = links;
  }

  /** A new one, that goes with the last of its descriptors, pins and processes. */
  static async create(native: Native): Promise<Space> {
    const fd = await native.netnsCreate(firstSettings);
    return Space.#around(native, fd);
  }

  /** The one that is pinned at `path`. */
  static async open(native: Native, path: string): Promise<Space> {
    try {
      return await Space.#around(native, native.openat2(AT_FDCWD, path, O_CLOEXEC, 0, 0));
    } catch (error) {
      throw refusalOf(error, `network namespace ${path}`);
    }
  }

  static async #around(native: Native, fd: number): Promise<Space> {
    using undo = new DisposableStack();
    undo.defer(() => native.close(fd));
    const channel = undo.use(await RouteChannel.open(native, fd));
    const links = await linksOf(channel);
    undo.move();
    return new Space(native, fd, channel, links);
  }

  [Symbol.dispose](): void {
    this.channel[Symbol.dispose]();
    this.#native.close(this.fd);
  }
}

async function linksOf(channel: RouteChannel): Promise<readonly Link[]> {
  const messages = await channel.run([getLinks()], { signal: AbortSignal.timeout(linksMs) });
  return messages.map(decodeLink).filter((link) => link !== undefined);
}

const linksMs = 10_000;
