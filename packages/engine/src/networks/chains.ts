/** Bit of the packet mark that says: this may be forwarded. The policy rules of routing ask for it (ip-rule(8)). */
export const admissionMark = 0x0800_0000;

const bit = `0x${admissionMark.toString(16).padStart(8, '0')}`;

/** RFC 1918, 3927, 6598; RFC 4193, 4291. */
const private4 = '{ 10.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16 }';
const private6 = '{ ::1, fc00::/7, fe80::/10 }';

/**
 * The chains, the same for every daemon: whatever differs is in sets, so that a change of the records is a change of
 * elements. Hooks and priorities are those of nft(8).
 */
export const baseChains: readonly (readonly [string, readonly string[]])[] = [
  // Before connection tracking: nobody outside reaches loopback (CVE-2020-8558), whatever route_localnet is.
  [
    'guard',
    [
      'type filter hook prerouting priority raw; policy accept;',
      'iifname != "lo" ip daddr 127.0.0.0/8 drop',
    ],
  ],
  // What was sent to a published port of this host, and only to this host.
  [
    'publish',
    [
      'ip6 daddr ::1 return',
      `ip saddr != ${private4} meta l4proto . th dport @lan return`,
      `ip6 saddr != ${private6} meta l4proto . th dport @lan return`,
      'dnat ip to meta l4proto . ip daddr . th dport map @ports4',
      'dnat ip6 to meta l4proto . ip6 daddr . th dport map @ports6',
      'dnat ip to meta l4proto . th dport map @any4',
      'dnat ip6 to meta l4proto . th dport map @any6',
    ],
  ],
  [
    'published_in',
    [
      'type nat hook prerouting priority dstnat; policy accept;',
      'iifname @closed return',
      'fib daddr type local jump publish',
    ],
  ],
  [
    'published_out',
    ['type nat hook output priority -100; policy accept;', 'fib daddr type local jump publish'],
  ],
  ['pass', [`meta mark set meta mark | ${bit} accept`]],
  ['egress', ['ip saddr vmap @egress4', 'ip6 saddr vmap @egress6']],
  // To the host itself.
  ['host', ['jump egress', 'accept']],
  // Through the host and back into the same network.
  ['within', ['iifname @strict ct status & dnat == 0 return', 'goto pass']],
  // To a container, from outside or from another network.
  [
    'arrive',
    [
      'ct state established,related goto pass',
      'ct status dnat goto pass',
      'ip daddr . meta l4proto . th dport @direct4 goto pass',
      'ip6 daddr . meta l4proto . th dport @direct6 goto pass',
      'iifname . ip daddr @trusted4 ip daddr . meta l4proto . th dport @published4 goto pass',
      'iifname . ip6 daddr @trusted6 ip6 daddr . meta l4proto . th dport @published6 goto pass',
      'ip daddr @unprotected4 goto pass',
      'ip6 daddr @unprotected6 goto pass',
    ],
  ],
  // From a container.
  [
    'leave',
    [
      'ct state established,related goto pass',
      'fib daddr type local goto host',
      'iifname . ip daddr @own4 goto within',
      'iifname . ip6 daddr @own6 goto within',
      'iifname @closed return',
      'jump egress',
      'ct status dnat goto pass',
      'ip daddr @subnets4 goto arrive',
      'ip6 daddr @subnets6 goto arrive',
      'goto pass',
    ],
  ],
  // After translation and before routing, which refuses what was not marked here.
  [
    'admit',
    [
      'type filter hook prerouting priority -90; policy accept;',
      'iifname @bridges goto leave',
      'ip daddr @subnets4 goto arrive',
      'ip6 daddr @subnets6 goto arrive',
    ],
  ],
  // The same once more, for a host whose routing rules somebody has flushed.
  [
    'forward',
    [
      'type filter hook forward priority filter; policy accept;',
      'iifname . oifname @self accept',
      `meta mark & ${bit} == ${bit} accept`,
      'iifname @bridges reject with icmpx admin-prohibited',
      'oifname @bridges reject with icmpx admin-prohibited',
    ],
  ],
  [
    'outbound',
    [
      'type nat hook postrouting priority srcnat; policy accept;',
      'oifname @bridges ip saddr 127.0.0.0/8 masquerade',
      'ct status dnat oifname . ip saddr @own4 masquerade',
      'ct status dnat oifname . ip6 saddr @own6 masquerade',
      'oifname . ip saddr @own4 accept',
      'oifname . ip6 saddr @own6 accept',
      'snat ip to ip saddr map @snat4',
      'snat ip6 to ip6 saddr map @snat6',
      'ip saddr @masq4 masquerade',
      'ip6 saddr @masq6 masquerade',
    ],
  ],
];
