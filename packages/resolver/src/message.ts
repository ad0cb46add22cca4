/** DNS messages (RFC 1035), as far as a resolver of containers reads and writes them itself. */

const headerSize = 12;
const longestName = 255;
const longestLabel = 63;
/** What fits without EDNS (RFC 1035, 2.3.4), and what is never exceeded with it. */
const plainSize = 512;
const largestSize = 4096;

export const recordType = {
  a: 1,
  ns: 2,
  cname: 5,
  soa: 6,
  ptr: 12,
  aaaa: 28,
  opt: 41,
  any: 255,
} as const;
export const responseCode = {
  ok: 0,
  formatError: 1,
  failure: 2,
  noName: 3,
  notImplemented: 4,
  refused: 5,
} as const;

const responseFlag = 0x8000;
const authoritative = 0x0400;
const truncated = 0x0200;
const recursionDesired = 0x0100;
const recursionAvailable = 0x0080;
const classInternet = 1;

export interface Query {
  readonly id: number;
  readonly flags: number;
  /** Lower case, without the dot at the end; '' is the root. Bytes that are no letters, digits, - or _ make it unusable as a name of ours, but it can be forwarded. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Where the question ends. */
  readonly end: number;
  /** What the asker takes over UDP, in bytes. */
  readonly payload: number;
  readonly edns: boolean;
}

export type Parsed =
  | { readonly kind: 'query'; readonly query: Query }
  /** To be answered with this code. */
  | { readonly kind: 'refuse'; readonly code: number }
  /** Not worth an answer: too short, or itself an answer. */
  | { readonly kind: 'drop' };

/** Linear in the length of the message, whatever it is. */
export function parseQuery(message: Buffer): Parsed {
  if (message.length < headerSize) return { kind: 'drop' };
  const flags = message.readUInt16BE(2);
  if ((flags & responseFlag) !== 0) return { kind: 'drop' };
  if (((flags >> 11) & 15) !== 0) return { kind: 'refuse', code: responseCode.notImplemented };
  if (message.readUInt16BE(4) !== 1) return { kind: 'refuse', code: responseCode.formatError };
  const named = readName(message, headerSize);
  if (named === undefined || named.end + 4 > message.length) {
    return { kind: 'refuse', code: responseCode.formatError };
  }
  const end = named.end + 4;
  const payload = ednsPayload(message, end);
  const query: Query = {
    id: message.readUInt16BE(0),
    flags,
    name: named.name,
    type: message.readUInt16BE(named.end),
    class: message.readUInt16BE(named.end + 2),
    end,
    payload: Math.min(Math.max(payload ?? plainSize, plainSize), largestSize),
    edns: payload !== undefined,
  };
  return { kind: 'query', query };
}

/** A name without compression, as in a question. */
function readName(
  message: Buffer,
  start: number,
): { readonly name: string; readonly end: number } | undefined {
  const labels: string[] = [];
  for (let at = start; at < message.length;) {
    const length = message[at] as number;
    at++;
    if (length === 0) {
      return { name: labels.join('.').toLowerCase(), end: at };
    }
    if (length > longestLabel || at + length > message.length) return undefined;
    if (at + length - start > longestName) return undefined;
    labels.push(message.toString('latin1', at, at + length));
    at += length;
  }
  return undefined;
}

/** The size in an OPT record (RFC 6891) that is the first thing after the question. */
function ednsPayload(message: Buffer, at: number): number | undefined {
  if (message.readUInt16BE(6) !== 0 || message.readUInt16BE(8) !== 0) return undefined;
  if (message.readUInt16BE(10) === 0 || at + 11 > message.length) return undefined;
  if (message[at] !== 0 || message.readUInt16BE(at + 1) !== recordType.opt) return undefined;
  return message.readUInt16BE(at + 3);
}

export interface AnswerRecord {
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  readonly data: Buffer;
}

export interface AnswerOptions {
  readonly code: number;
  readonly records?: readonly AnswerRecord[];
  /** Bytes; what does not fit is left out, and the answer says so. */
  readonly limit: number;
}

/** An answer to a question that was read. */
export function writeAnswer(
  message: Buffer,
  query: Query,
  { code, records = [], limit }: AnswerOptions,
): Buffer {
  const opt = query.edns ? optRecord : noBytes;
  let size = query.end + opt.length;
  let fitting = 0;
  for (const { data } of records) {
    if (size + 12 + data.length > limit) break;
    size += 12 + data.length;
    fitting++;
  }
  const answer = Buffer.allocUnsafe(size);
  message.copy(answer, 0, 0, query.end);
  const flags =
    responseFlag |
    authoritative |
    recursionAvailable |
    (query.flags & recursionDesired) |
    (fitting < records.length ? truncated : 0) |
    code;
  answer.writeUInt16BE(flags, 2);
  answer.writeUInt16BE(1, 4);
  answer.writeUInt16BE(fitting, 6);
  answer.writeUInt16BE(0, 8);
  answer.writeUInt16BE(query.edns ? 1 : 0, 10);
  let at = query.end;
  for (const { type, ttl, data } of records.slice(0, fitting)) {
    at = answer.writeUInt16BE(0xc000 | headerSize, at);
    at = answer.writeUInt16BE(type, at);
    at = answer.writeUInt16BE(classInternet, at);
    at = answer.writeUInt32BE(ttl, at);
    at = answer.writeUInt16BE(data.length, at);
    at += data.copy(answer, at);
  }
  opt.copy(answer, at);
  return answer;
}

const noBytes = Buffer.alloc(0);
/** Root, type OPT, how much we take, no extended code. */
const optRecord = Buffer.from([
  0,
  0,
  recordType.opt,
  largestSize >> 8,
  largestSize & 255,
  0,
  0,
  0,
  0,
  0,
  0,
]);

/** An answer to what could not be read: the header alone. */
export function writeRefusal(message: Buffer, code: number): Buffer {
  const answer = Buffer.alloc(headerSize);
  message.copy(answer, 0, 0, 2);
  const asked = message.readUInt16BE(2);
  answer.writeUInt16BE(responseFlag | (asked & (recursionDesired | 0x7800)) | code, 2);
  return answer;
}

/** Labels with their lengths. */
export function encodeName(name: string): Buffer {
  const labels = name === '' ? [] : name.split('.');
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]),
    Buffer.from([0]),
  ]);
}

/** Whether a message answers that question: same id, same name (in whatever case), type and class. */
export function answersQuestion(response: Buffer, asked: Buffer, { end }: Query): boolean {
  if (response.length < end || response.readUInt16BE(4) !== 1) return false;
  if ((response.readUInt16BE(2) & responseFlag) === 0) return false;
  if (response.readUInt16BE(0) !== asked.readUInt16BE(0)) return false;
  const same = (from: number, to: number) =>
    response.toString('latin1', from, to).toLowerCase() ===
    asked.toString('latin1', from, to).toLowerCase();
  return same(headerSize, end);
}

export interface AddressRecord {
  readonly address: string;
  readonly family: 4 | 6;
  readonly ttl: number;
}

/** The addresses in the answer section of a response; what cannot be read ends the list. */
export function readAddresses(response: Buffer, questionEnd: number): AddressRecord[] {
  const found: AddressRecord[] = [];
  let at = questionEnd;
  for (let left = response.readUInt16BE(6); left > 0; left--) {
    const end = skipName(response, at);
    if (end === undefined || end + 10 > response.length) break;
    const type = response.readUInt16BE(end);
    const ttl = response.readUInt32BE(end + 4);
    const length = response.readUInt16BE(end + 8);
    const data = response.subarray(end + 10, end + 10 + length);
    if (data.length < length) break;
    if (type === recordType.a && length === 4)
      found.push({ address: data.join('.'), family: 4, ttl });
    if (type === recordType.aaaa && length === 16) {
      found.push({ address: formatIpv6(data), family: 6, ttl });
    }
    at = end + 10 + length;
  }
  return found;
}

/** Past a name that may end in a pointer, which is not followed. */
function skipName(message: Buffer, start: number): number | undefined {
  for (let at = start; at < message.length;) {
    const length = message[at] as number;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length > longestLabel) return undefined;
    at += 1 + length;
  }
  return undefined;
}

function formatIpv6(bytes: Buffer): string {
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(bytes.readUInt16BE(at).toString(16));
  return groups.join(':');
}

/** The bytes of an address as text; undefined when it is none. */
export function addressBytes(address: string): Buffer | undefined {
  if (!address.includes(':')) {
    const parts = address.split('.').map(Number);
    const valid =
      parts.length === 4 &&
      parts.every((part) => Number.isInteger(part) && part >= 0 && part < 256);
    return valid ? Buffer.from(parts) : undefined;
  }
  const [before = '', after] = address.toLowerCase().split('::');
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((each) => parseInt(each, 16));
  const head = groups(before);
  const tail = groups(after ?? '');
  const zeros = 8 - head.length - tail.length;
  if (after === undefined ? zeros !== 0 : zeros < 0) return undefined;
  const all = [...head, ...Array.from({ length: zeros }, () => 0), ...tail];
  if (all.some((group) => !(group >= 0 && group <= 0xffff))) return undefined;
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
}

/** The address that a name below in-addr.arpa or ip6.arpa stands for. */
export function reverseAddress(name: string): Buffer | undefined {
  if (name.endsWith('.in-addr.arpa')) {
    const parts = name.slice(0, -'.in-addr.arpa'.length).split('.');
    return addressBytes(parts.reverse().join('.'));
  }
  if (!name.endsWith('.ip6.arpa')) return undefined;
  const nibbles = name.slice(0, -'.ip6.arpa'.length).split('.').reverse();
  if (nibbles.length !== 32 || nibbles.some((each) => !/^[0-9a-f]$/.test(each))) return undefined;
  return Buffer.from(nibbles.join(''), 'hex');
}
