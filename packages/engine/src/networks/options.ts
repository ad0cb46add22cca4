import { InvalidArgumentError, printable, type NetworkSpec } from '@wharf/core';

export type GatewayMode = 'nat' | 'nat-unprotected' | 'routed' | 'isolated';

/** The options of a network that change how it is built, under docker's keys. */
export interface DriverOptions {
  readonly bridgeName: string;
  /** 0: the default of the daemon. */
  readonly mtu: number;
  readonly icc: boolean;
  readonly masquerade: boolean;
  /** Where ports of this network are bound when they name no address; '' is the daemon's. */
  readonly hostBinding: string;
  /** Source address instead of masquerading; '' for none. */
  readonly hostIpv4: string;
  readonly hostIpv6: string;
  readonly gatewayMode4: GatewayMode;
  readonly gatewayMode6: GatewayMode;
  readonly inhibitIpv4: boolean;
  readonly trustedInterfaces: readonly string[];
  /** Beginning of the interface's name inside; its number follows. */
  readonly interfacePrefix: string;
  /** Interface of the host below a macvlan or ipvlan. */
  readonly parent: string;
  readonly mode: string;
}

const bridge = 'com.docker.network.bridge.';
const driver = 'com.docker.network.driver.';
const modes: readonly string[] = ['nat', 'nat-unprotected', 'routed', 'isolated'];
const macvlanModes = ['bridge', 'private', 'vepa', 'passthru'];
const ipvlanModes = ['l2', 'l3', 'l3s'];

const known = new Set([
  ...[
    'name',
    'enable_icc',
    'enable_ip_masquerade',
    'host_binding_ipv4',
    'default_bridge',
    'gateway_mode_ipv4',
    'gateway_mode_ipv6',
    'inhibit_ipv4',
    'trusted_host_interfaces',
  ].map((key) => `${bridge}${key}`),
  `${driver}mtu`,
  'com.docker.network.host_ipv4',
  'com.docker.network.host_ipv6',
  'com.docker.network.container_iface_prefix',
  'com.docker.network.enable_ipv4',
  'com.docker.network.enable_ipv6',
  'parent',
  'macvlan_mode',
  'ipvlan_mode',
  'ipvlan_flag',
]);

/** Keys that Wharf does not know; they are kept and change nothing. */
export function unknownOptions(spec: NetworkSpec): readonly string[] {
  return Object.keys(spec.options).filter((key) => !known.has(key));
}

/** invalid-argument for a value that is not of its kind. */
export function readOptions(spec: NetworkSpec): DriverOptions {
  const { options } = spec;
  const text = (key: string): string => (Object.hasOwn(options, key) ? (options[key] ?? '') : '');
  return {
    bridgeName: interfaceName(text(`${bridge}name`), 'bridge name'),
    mtu: mtuOf(text(`${driver}mtu`)),
    icc: flag(text(`${bridge}enable_icc`), `${bridge}enable_icc`, true),
    masquerade: flag(text(`${bridge}enable_ip_masquerade`), `${bridge}enable_ip_masquerade`, true),
    hostBinding: text(`${bridge}host_binding_ipv4`),
    hostIpv4: text('com.docker.network.host_ipv4'),
    hostIpv6: text('com.docker.network.host_ipv6'),
    gatewayMode4: gatewayMode(text(`${bridge}gateway_mode_ipv4`)),
    gatewayMode6: gatewayMode(text(`${bridge}gateway_mode_ipv6`)),
    inhibitIpv4: flag(text(`${bridge}inhibit_ipv4`), `${bridge}inhibit_ipv4`, false),
    trustedInterfaces: text(`${bridge}trusted_host_interfaces`)
      .split(':')
      .filter((name) => name !== '')
      .map((name) => interfaceName(name, 'trusted interface')),
    interfacePrefix: prefixOf(text('com.docker.network.container_iface_prefix')),
    parent: interfaceName(text('parent').split('.')[0] ?? '', 'parent') && text('parent'),
    mode: modeOf(spec.driver, text(`${spec.driver}_mode`)),
  };
}

/** Names by the kernel's rule: at most 15 bytes, no slash, no space; ours are plain so that no quoting is ever needed. */
function interfaceName(name: string, what: string): string {
  if (name === '' || /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/.test(name)) return name;
  throw new InvalidArgumentError(
    `invalid ${what} ${printable(name)}: at most 15 of letters, digits, _ . -`,
  );
}

function prefixOf(prefix: string): string {
  if (prefix === '') return 'eth';
  if (/^[A-Za-z][A-Za-z0-9_-]{0,11}$/.test(prefix)) return prefix;
  throw new InvalidArgumentError(`invalid interface prefix ${printable(prefix)}`);
}

function mtuOf(text: string): number {
  if (text === '') return 0;
  const mtu = Number(text);
  if (Number.isInteger(mtu) && mtu >= 68 && mtu <= 65_535) return mtu;
  throw new InvalidArgumentError(`invalid MTU ${printable(text)}: a number from 68 to 65535`);
}

function flag(text: string, key: string, fallback: boolean): boolean {
  if (text === '') return fallback;
  if (['true', '1', 't', 'T', 'TRUE', 'True'].includes(text)) return true;
  if (['false', '0', 'f', 'F', 'FALSE', 'False'].includes(text)) return false;
  throw new InvalidArgumentError(`invalid value ${printable(text)} of ${key}: true or false`);
}

function gatewayMode(text: string): GatewayMode {
  if (text === '') return 'nat';
  if (modes.includes(text)) return text as GatewayMode;
  throw new InvalidArgumentError(
    `invalid gateway mode ${printable(text)}: one of ${modes.join(', ')}`,
  );
}

function modeOf(driverName: string, text: string): string {
  if (driverName === 'macvlan') return oneOf(macvlanModes, text);
  if (driverName === 'ipvlan') return oneOf(ipvlanModes, text);
  return '';
}

function oneOf(allowed: readonly string[], text: string): string {
  const mode = text === '' ? (allowed[0] ?? '') : text;
  if (allowed.includes(mode)) return mode;
  throw new InvalidArgumentError(`invalid mode ${printable(text)}: one of ${allowed.join(', ')}`);
}
