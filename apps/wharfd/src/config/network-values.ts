import { isIP } from 'node:net';
import { z } from 'zod';

const interfaceName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/;

/** 4 or 6; 0 for what is no address. A zone makes it none. */
function familyOf(text: string): number {
  return text.includes('%') ? 0 : isIP(text);
}

/** Longest prefix of the address's family; undefined for what is no CIDR. */
function cidrOf(text: string): { readonly bits: number; readonly most: number } | undefined {
  const [, address = '', length = ''] = /^([^/]+)\/([0-9]{1,3})$/.exec(text) ?? [];
  const family = familyOf(address);
  const cidr = { bits: Number(length), most: family === 4 ? 32 : 128 };
  return family === 0 || cidr.bits > cidr.most ? undefined : cidr;
}

const address = z.string().refine((text) => familyOf(text) !== 0, 'must be an IP address');

/** Programs of the host ask there, and nobody else can. */
function isLoopbackEndpoint(text: string): boolean {
  const [, host = '', port = ''] = /^([0-9.]+):([0-9]{1,5})$/.exec(text) ?? [];
  const number = Number(port);
  return familyOf(host) === 4 && host.startsWith('127.') && number > 0 && number < 65_536;
}

const pool = z
  .strictObject({ base: z.string(), size: z.int().min(1).max(128) })
  .refine(({ base }) => cidrOf(base) !== undefined, 'base must be a CIDR like 10.200.0.0/16')
  .refine(({ base, size }) => {
    const cidr = cidrOf(base);
    return cidr === undefined || (size >= cidr.bits && size <= cidr.most - 2);
  }, 'size must be a prefix length not shorter than that of base, with room for two addresses');

/** Keys of the configuration that networks follow; names are dockerd's where the meaning is the same. */
export const networkKeys = {
  /** Interface of the default network, made if it is missing; `none` is no default network. */
  bridge: z.string().regex(interfaceName, 'must be a name of an interface').default('wharf0'),
  /** Address and prefix length of the default network's gateway. */
  bip: z
    .string()
    .refine((text) => text === '' || cidrOf(text) !== undefined, 'must be like 172.20.0.1/16')
    .default(''),
  'default-address-pools': z.array(pool).min(1).optional(),
  dns: z.array(address).default([]),
  'dns-search': z.array(z.string().regex(/^[!-~]+$/, 'must be a domain')).default([]),
  'dns-opts': z.array(z.string().regex(/^[!-~]+$/, 'must be one word')).default([]),
  /** 0 is 1500. */
  mtu: z
    .int()
    .max(65_535)
    .refine((mtu) => mtu === 0 || mtu >= 68, 'must be 0 or from 68 to 65535')
    .default(0),
  icc: z.boolean().default(true),
  /** Where ports are published that name no address. */
  ip: address.default('0.0.0.0'),
  /** What host-gateway stands for: one address, or one of each family. */
  'host-gateway-ips': z.array(address).max(2).default([]),
  /** Where programs of the host may ask for NAME.wharf.internal; true is the usual place, '' or false is nowhere. */
  'host-names': z
    .union([
      z.boolean(),
      z
        .string()
        .refine(
          (text) => text === '' || isLoopbackEndpoint(text),
          'must be true, false, or an address of 127.0.0.0/8 with its port',
        ),
    ])
    .default(false),
  /** Containers on one bridge; then a network gets another one. The kernel's limit is 1023. */
  'bridge-ports': z.int().min(1).max(1000).default(1000),
  'publish-scope': z.enum(['loopback', 'lan', 'any']).default('any'),
  /** Of containers that name none: bridge, none, host, or a network. */
  'default-network': z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, 'must be a name of a network')
    .default('bridge'),
};
