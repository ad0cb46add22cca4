import type { Refusal } from '@wharf/engine/ports';

/** linux/netfilter/nfnetlink.h, nfnetlink_log.h. */
const NFNL_SUBSYS_ULOG = 4;
const NFULNL_MSG_PACKET = 0;
const NFULNL_MSG_CONFIG = 1;
const NFULA_CFG_CMD = 1;
const NFULA_CFG_MODE = 2;
const NFULA_CFG_TIMEOUT = 4;
const NFULA_CFG_QTHRESH = 5;
const NFULNL_CFG_CMD_BIND = 1;
const NFULNL_COPY_PACKET = 2;
const NFULA_PAYLOAD = 9;
const NFULA_PREFIX = 10;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;

const headerSize = 16;
const familyHeaderSize = 4;
/** Bytes of a packet: both headers of IPv6 and TCP, and some extensions. */
const copyRange = 96;
/** The kernel gathers so many, or for so many hundredths of a second, before it wakes us. */
const gathered = 64;
const gatheringTime = 5;

/** Asks for a group, the beginnings of its packets, and for few wake-ups. */
export function encodeBind(group: number): Buffer {
  const mode = Buffer.alloc(6);
  mode.writeUInt32BE(copyRange, 0);
  mode[4] = NFULNL_COPY_PACKET;
  const setting = (type: number, value: number): Buffer => {
    const data = Buffer.alloc(4);
    data.writeUInt32BE(value);
    return attribute(type, data);
  };
  return Buffer.concat([
    config(group, 1, [attribute(NFULA_CFG_CMD, Buffer.from([NFULNL_CFG_CMD_BIND]))]),
    config(group, 2, [
      attribute(NFULA_CFG_MODE, mode),
      setting(NFULA_CFG_TIMEOUT, gatheringTime),
      setting(NFULA_CFG_QTHRESH, gathered),
    ]),
  ]);
}

function config(group: number, sequence: number, attributes: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(headerSize + familyHeaderSize);
  const whole = Buffer.concat([head, ...attributes]);
  whole.writeUInt32LE(whole.length, 0);
  whole.writeUInt16LE((NFNL_SUBSYS_ULOG << 8) | NFULNL_MSG_CONFIG, 4);
  whole.writeUInt16LE(NLM_F_REQUEST | NLM_F_ACK, 6);
  whole.writeUInt32LE(sequence, 8);
  whole.writeUInt16BE(group, headerSize + 2);
  return whole;
}

function attribute(type: number, data: Buffer): Buffer {
  const out = Buffer.alloc((4 + data.length + 3) & ~3);
  out.writeUInt16LE(4 + data.length, 0);
  out.writeUInt16LE(type, 2);
  data.copy(out, 4);
  return out;
}

/** The packets in some messages, each cut where the listener cut it; what cannot be read is left out. */
export function decodeLogged(bytes: Uint8Array): readonly Refusal[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Refusal[] = [];
  for (let at = 0; at + headerSize <= all.length;) {
    const length = all.readUInt32LE(at);
    if (length < headerSize) break;
    const end = Math.min(at + length, all.length);
    if (all.readUInt16LE(at + 4) === ((NFNL_SUBSYS_ULOG << 8) | NFULNL_MSG_PACKET)) {
      const refusal = decodePacket(all.subarray(at + headerSize + familyHeaderSize, end));
      if (refusal !== undefined) found.push(refusal);
    }
    at += (length + 3) & ~3;
  }
  return found;
}

function decodePacket(attributes: Buffer): Refusal | undefined {
  let prefix = '';
  let payload: Buffer | undefined;
  for (let at = 0; at + 4 <= attributes.length;) {
    const length = attributes.readUInt16LE(at);
    if (length < 4) break;
    const data = attributes.subarray(at + 4, at + length);
    const type = attributes.readUInt16LE(at + 2) & 0x3fff;
    if (type === NFULA_PREFIX) prefix = data.toString('latin1').replace(/\0.*$/s, '').trim();
    if (type === NFULA_PAYLOAD) payload = data;
    at += (length + 3) & ~3;
  }
  const packet = payload === undefined ? undefined : readPacket(payload);
  return packet === undefined ? undefined : { prefix, ...packet };
}

const names: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'icmpv6',
  132: 'sctp',
};
const withPorts = new Set([6, 17, 33, 132, 136]);

/** Addresses, protocol and destination port of an IP packet's beginning (RFC 791, RFC 8200). */
export function readPacket(packet: Buffer): Omit<Refusal, 'prefix'> | undefined {
  const version = (packet[0] ?? 0) >> 4;
  const ipv4 = version === 4 && packet.length >= 20;
  const ipv6 = version === 6 && packet.length >= 40;
  if (!ipv4 && !ipv6) return undefined;
  const number = packet[ipv4 ? 9 : 6] ?? 0;
  const ports = ipv4 ? ((packet[0] ?? 0) & 15) * 4 : 40;
  const known = withPorts.has(number) && packet.length >= ports + 4;
  return {
    source: ipv4 ? packet.subarray(12, 16).join('.') : ipv6Text(packet.subarray(8, 24)),
    destination: ipv4 ? packet.subarray(16, 20).join('.') : ipv6Text(packet.subarray(24, 40)),
    protocol: names[number] ?? String(number),
    port: known ? packet.readUInt16BE(ports + 2) : 0,
  };
}

/** The usual text (RFC 5952). */
function ipv6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    bytes.readUInt16BE(index * 2).toString(16),
  );
  const zeros = groups.map((group) => (group === '0' ? '0' : 'x')).join('');
  const longest = (zeros.match(/00+/g) ?? []).sort((a, b) => b.length - a.length)[0];
  if (longest === undefined) return groups.join(':');
  const at = zeros.indexOf(longest);
  return `${groups.slice(0, at).join(':')}::${groups.slice(at + longest.length).join(':')}`;
}
