/** Networks as `ADDRESS/BITS`. Forms that carry an IPv4 address in IPv6 are listed where they mean the same machines. */

/** This host, its link, multicast and what is reserved. NAT64: RFC 6052; 6to4: RFC 3056. */
export const localNetworks: readonly string[] = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/3',
  '::/128',
  '::1/128',
  'fe80::/10',
  'ff00::/8',
  '64:ff9b::/104',
  '64:ff9b::7f00:0/104',
  '64:ff9b::a9fe:0/112',
  '2002:7f00::/24',
  '2002:a9fe::/32',
];

/** Metadata services outside of link-local: Alibaba, Oracle, Azure, AWS. */
export const metadataNetworks: readonly string[] = [
  '100.100.100.200/32',
  '192.0.0.192/32',
  '168.63.129.16/32',
  'fd00:ec2::254/128',
];

/**
 * Networks that are nobody's on the internet: RFC 1918, 6598 (shared by carriers), 6890, 2544, 4193 (unique local), 3879,
 * 8215 (local NAT64), 4380 (Teredo, which hides an IPv4 address), 4291 2.5.5.1 (IPv4 in IPv6, of old).
 */
export const privateNetworks: readonly string[] = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '::/96',
  'fc00::/7',
  'fec0::/10',
  '64:ff9b:1::/48',
  '64:ff9b::a00:0/104',
  '64:ff9b::6440:0/106',
  '64:ff9b::ac10:0/108',
  '64:ff9b::c0a8:0/112',
  '64:ff9b::e000:0/99',
  '2001::/32',
  '2002::/24',
  '2002:a00::/24',
  '2002:6440::/26',
  '2002:ac10::/28',
  '2002:c0a8::/32',
];
