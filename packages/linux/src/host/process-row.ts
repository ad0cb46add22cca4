import { field, readText } from './read.js';

/** USER_HZ of all machines that Wharf runs on: times in proc(5) stat are in hundredths. */
const ticksPerSecond = 100;
const columnWidth = 8;

export interface RowContext {
  readonly users: ReadonlyMap<number, string>;
  readonly bootSeconds: number;
  readonly now: Date;
}

export interface ProcessRow {
  readonly pid: number;
  readonly cells: readonly string[];
}

/** One line of `ps -ef`; undefined when the process has ended. */
export async function describeProcess(
  pid: number,
  context: RowContext,
): Promise<ProcessRow | undefined> {
  const [stat, status, commandLine] = await Promise.all(
    ['stat', 'status', 'cmdline'].map((file) => readText(`/proc/${pid}/${file}`)),
  );
  return formatRow(
    pid,
    { stat: stat ?? '', status: status ?? '', commandLine: commandLine ?? '' },
    context,
  );
}

export interface ProcessFiles {
  readonly stat: string;
  readonly status: string;
  readonly commandLine: string;
}

export function formatRow(
  pid: number,
  { stat, status, commandLine }: ProcessFiles,
  { users, bootSeconds, now }: RowContext,
): ProcessRow | undefined {
  const open = stat.indexOf('(');
  const close = stat.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  const name = stat.slice(open + 1, close);
  // Field 3 of proc(5) stat, the state, is the first here.
  const fields = stat.slice(close + 2).split(' ');
  const number = (n: number): number => Number(fields[n - 3] ?? 0);
  const cpuSeconds = (number(14) + number(15)) / ticksPerSecond;
  const started = new Date((bootSeconds + number(22) / ticksPerSecond) * 1000);
  const elapsed = Math.max(1, (now.getTime() - started.getTime()) / 1000);
  const uid = Number(field(status, 'Uid')?.split('\t')[1] ?? 0);
  return {
    pid,
    cells: [
      userCell(uid, users),
      String(pid),
      String(number(4)),
      String(Math.min(99, Math.floor((cpuSeconds * 100) / elapsed))),
      startCell(started, now),
      terminalCell(number(7)),
      timeCell(Math.floor(cpuSeconds)),
      commandCell(commandLine, name, fields[0] === 'Z'),
    ],
  };
}

function userCell(uid: number, users: ReadonlyMap<number, string>): string {
  const name = users.get(uid);
  if (name === undefined) return String(uid);
  return name.length > columnWidth ? `${name.slice(0, columnWidth - 1)}+` : name;
}

/** Of today the time, of this year the day, else the year; local time as ps has it. */
function startCell(started: Date, now: Date): string {
  if (started.getFullYear() !== now.getFullYear()) return String(started.getFullYear());
  if (started.toDateString() !== now.toDateString()) {
    const month = started.toLocaleString('en-US', { month: 'short' });
    return `${month}${two(started.getDate())}`;
  }
  return `${two(started.getHours())}:${two(started.getMinutes())}`;
}

/** Names of the kernel's devices.txt for what containers have; `?` for none and for the unknown. */
export function terminalCell(device: number): string {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `pts/${(major - 136) * 256 + minor}`;
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  return '?';
}

function timeCell(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return `${days > 0 ? `${days}-` : ''}${clock.map(two).join(':')}`;
}

/** What a process says of itself is shown without control characters. */
function commandCell(commandLine: string, name: string, isZombie: boolean): string {
  const text = commandLine.replace(/\0+$/, '');
  const shown = text === '' ? `[${name}]${isZombie ? ' <defunct>' : ''}` : text;
  const utf8 = Buffer.from(shown, 'latin1').toString();
  return utf8.replaceAll('\0', ' ').replace(/[\p{Cc}\p{Cf}\ufffd]/gu, '?');
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
