import type { Engine } from './engines/engine.js';
import { judge } from './aims.js';
import type { Verdict } from './aims.js';
import { engineNames } from './options.js';
import type { EngineName } from './options.js';
import type { Results, Series } from './results.js';
import { summarize } from './samples.js';

export interface Report {
  /** When the run began. */
  readonly date: Date;
  readonly minutes: number;
  /** Load average of the last minute before it began; the run itself makes the rest. */
  readonly load: number;
  readonly rounds: number;
  readonly machine: readonly string[];
  readonly engines: readonly Pick<Engine, 'name' | 'version'>[];
  readonly results: Results;
  /** Measurements that could not be made. */
  readonly failures: readonly string[];
}

const method = `
Written by \`tools/bench\`. All three engines run in the same hour of the same machine, each on a throwaway root with the
same busybox image; their commands are interleaved, and each round begins with another engine. Times of commands are wall
times from the fork to the exit, with an environment that has \`PATH\`, \`HOME\`, \`LANG\` and the engine's host alone; the
first two of a kind do not count. Absolute times drift with the machine: the ratios are what to compare. Memory is Pss,
four seconds after the last command, MB are 10^6 bytes. At rest wharfd and its
shims let go of the unchanged pages of their programs, which stay in the page cache: see them as memory that the kernel
may take, not as memory that is free. docker runs with live-restore, podman with runc. What
concerns networks is measured on engines with bridges, each in a network namespace of its own with a neighbour on a
veth; the others have none. A daemon is ready when it answers its first request. Log writing goes by the engine's own start and end times of
the container; attach is timed from the first byte to the last.
`.trim();

/** For titles: 1 container, 20 containers. */
export function counted(containers: number): string {
  return `${containers} container${containers === 1 ? '' : 's'}`;
}

/** docs/benchmarks.md. */
export function markdown(report: Report): string {
  const { date, minutes, rounds, load, machine, engines } = report;
  const versions = engines.map(({ name, version }) => `* ${name} ${version}`);
  return [
    '# Benchmarks',
    method,
    `${date.toISOString().slice(0, 10)}, ${rounds} rounds, ${minutes.toFixed(1)} minutes, on ${machine.join(', ')}, load before ${load.toFixed(1)}:`,
    versions.join('\n'),
    '## Measured',
    'Median / 95th percentile; one number where there are fewer than five samples. Ratios are of medians, Wharf to the other.',
    seriesTable(report.results.all()).join('\n'),
    '## Aims',
    'An aim is where a thing wants to be, a floor where it must be.',
    verdictTable(judge(report.results)).join('\n'),
    '',
  ].join('\n\n');
}

/** Only the tables, for the terminal. */
export function tables({ results }: Report): string {
  const verdicts = judge(results);
  const parts = [seriesTable(results.all()).join('\n')];
  if (verdicts.length > 0) parts.push(verdictTable(verdicts).join('\n'));
  return `${parts.join('\n\n')}\n`;
}

/** Everything, with every sample. */
export function json(report: Report): string {
  const series = report.results.all().map((one) => ({ ...one, summary: summaries(one) }));
  return `${JSON.stringify({ ...report, results: series, verdicts: judge(report.results) }, undefined, 1)}\n`;
}

function summaries({ samples }: Series) {
  return Object.fromEntries(
    Object.entries(samples).map(([name, values]) => [name, summarize(values)]),
  );
}

function seriesTable(all: readonly Series[]): string[] {
  return table(
    ['', 'unit', ...engineNames, 'to docker', 'to podman'],
    all.map((series) => [
      series.title,
      series.unit,
      ...engineNames.map((name) => cell(series.samples[name])),
      ratio(series, 'docker'),
      ratio(series, 'podman'),
    ]),
  );
}

function verdictTable(verdicts: readonly Verdict[]): string[] {
  return table(
    ['', 'measured', 'aim', 'floor', 'reached'],
    verdicts.map(({ title, value, unit, aim, floor, met }) => [
      title,
      `${number(value)}${unit}`,
      `${aim}${unit}`,
      `${floor}${unit}`,
      met === 'missed' ? 'neither' : met,
    ]),
  );
}

function cell(samples: readonly number[] | undefined): string {
  if (samples === undefined) return '–';
  const { p50, p95, count } = summarize(samples);
  return count < 5 ? number(p50) : `${number(p50)} / ${number(p95)}`;
}

function ratio({ samples }: Series, other: EngineName): string {
  const [ours, theirs] = [samples.wharf, samples[other]];
  if (ours === undefined || theirs === undefined) return '–';
  const quotient = summarize(ours).p50 / summarize(theirs).p50;
  return Number.isFinite(quotient) ? quotient.toFixed(2) : '–';
}

/** Three digits that count. */
function number(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((text, column) =>
    Math.max(3, text.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
