import { InvalidArgumentError } from '@wharf/core';
import { cut, every, isDigit, quote } from './chars.js';
import {
  groupEntries,
  maxId,
  parseId,
  passwdEntries,
  toLatin1,
  type GroupEntry,
  type PasswdEntry,
} from './user-database.js';

export interface UserRequest {
  /** `user[:group]`, each a name or a number; '' is root. */
  readonly user: string;
  /** Further groups, names or numbers, as of --group-add. */
  readonly groupAdd: readonly string[];
}

/** Who a process inside the container is; numbers are those inside. */
export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  /** The whole supplementary set, `gid` first (CVE-2022-36109), no number twice. */
  readonly additionalGids: readonly number[];
  /** Absolute; `/` when the image does not say. */
  readonly home: string;
  /** The name in the image's passwd, if it has that uid. */
  readonly name?: string;
}

/** The kernel's limit for setgroups(2). */
const maxGroups = 65_536;

/**
 * Resolves a USER string against the image's own tables as docker and runc do: the first matching line wins; a
 * number is never looked up as a name, but a line with that uid gives group, home and supplementary groups; an
 * explicit group replaces the group and drops the supplementary ones of the tables.
 * @param passwd bytes of the image's /etc/passwd, undefined if it has none
 * @param group bytes of its /etc/group
 * @throws InvalidArgumentError naming the user or group that is not there or out of range
 */
export function resolveUser(
  request: UserRequest,
  passwd: Uint8Array | undefined,
  group: Uint8Array | undefined,
): ResolvedUser {
  const [userText, groupText = ''] = cut(request.user, ':');
  const found = findUser(userText, passwd);
  const groups = [...groupEntries(group)];
  const explicit = groupText === '' ? undefined : findGroup(groupText, groups);
  const gid = explicit ?? found.gid;
  const own = explicit === undefined && found.entry ? groupsOf(found.entry.name, groups) : [];
  const added = request.groupAdd.map((text) => findGroup(text, groups));
  const additionalGids = Object.freeze([...new Set([gid, ...own, ...added])]);
  if (additionalGids.length > maxGroups) {
    throw new InvalidArgumentError(
      `user ${quote(request.user)} is in ${additionalGids.length} groups, the limit is ${maxGroups}`,
    );
  }
  const home = found.entry?.home ?? '';
  return Object.freeze({
    uid: found.uid,
    gid,
    additionalGids,
    home: isUsableHome(home) ? home : '/',
    ...(found.entry === undefined ? {} : { name: found.name }),
  });
}

interface FoundUser {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly entry?: PasswdEntry;
}

function findUser(text: string, passwd: Uint8Array | undefined): FoundUser {
  const uid = text === '' ? 0 : numericId(text);
  const name = toLatin1(text);
  for (const entry of passwdEntries(passwd)) {
    if (uid === undefined ? entry.name === name : entry.uid === uid) {
      return { uid: entry.uid, gid: entry.gid, name: displayName(entry), entry };
    }
  }
  if (uid !== undefined) return { uid, gid: 0, name: '' };
  throw missing('user', text, 'passwd');
}

function findGroup(text: string, groups: readonly GroupEntry[]): number {
  const gid = numericId(text);
  if (gid !== undefined) return gid;
  const name = toLatin1(text);
  const entry = groups.find((candidate) => candidate.name === name);
  if (entry === undefined) throw missing('group', text, 'group');
  return entry.gid;
}

function groupsOf(user: string, groups: readonly GroupEntry[]): readonly number[] {
  return groups.filter((group) => group.members.includes(user)).map((group) => group.gid);
}

/** The number of a numeric spec, undefined for a name. */
function numericId(text: string): number | undefined {
  const signed = text.startsWith('-') || text.startsWith('+');
  const digits = signed ? text.slice(1) : text;
  if (digits === '' || !every(digits, isDigit)) return undefined;
  const id = text.startsWith('-') ? undefined : parseId(digits);
  if (id !== undefined) return id;
  throw new InvalidArgumentError(
    `uids and gids must be in range 0-${maxId}: ${quote(text)} is not`,
  );
}

function displayName(entry: PasswdEntry): string {
  return new TextDecoder().decode(Uint8Array.from(entry.name, (char) => char.charCodeAt(0)));
}

function isUsableHome(home: string): boolean {
  return home.startsWith('/') && home.length < 4096 && every(home, (c) => c >= 0x20 && c !== 0x7f);
}

function missing(kind: 'user' | 'group', name: string, file: string): InvalidArgumentError {
  const shown = name.length > 120 ? `${name.slice(0, 120)}…` : name;
  return new InvalidArgumentError(
    `unable to find ${kind} ${shown}: no matching entries in ${file} file`,
    { facts: { [kind]: shown } },
  );
}
