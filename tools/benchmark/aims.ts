import type { EngineName } from './options.js';
import type { Results } from './results.js';
import { summarize } from './samples.js';

/** What Wharf wants to reach, and what it must: of its median, or of its ratio to another engine's. */
export interface Aim {
  readonly title: string;
  readonly key: string;
  readonly against?: EngineName;
  readonly better: 'less' | 'more';
  readonly aim: number;
  readonly floor: number;
  readonly unit: string;
}

export const aims: readonly Aim[] = [
  {
    title: '`run --rm --network none` against docker',
    key: 'run none serial',
    against: 'docker',
    ...{ better: 'less', aim: 0.2, floor: 0.4, unit: '' },
  },
  {
    title: '`run --rm --network none` against podman',
    key: 'run none serial',
    against: 'podman',
    ...{ better: 'less', aim: 0.35, floor: 0.7, unit: '' },
  },
  {
    title: '`run --rm` on the bridge against docker',
    key: 'run bridge serial',
    against: 'docker',
    ...{ better: 'less', aim: 0.2, floor: 0.4, unit: '' },
  },
  {
    title: '`run --rm -p` on the bridge against docker',
    key: 'run port serial',
    against: 'docker',
    ...{ better: 'less', aim: 0.2, floor: 0.4, unit: '' },
  },
  {
    title: '`network connect`',
    key: 'connect',
    ...{ better: 'less', aim: 20, floor: 30, unit: ' ms' },
  },
  ...(['port throughput', 'loopback throughput'] as const).map((key) => ({
    title: `${key} against docker`,
    key,
    against: 'docker' as const,
    ...({ better: 'more', aim: 1, floor: 0.95, unit: '' } as const),
  })),
  ...(['port latency', 'loopback latency'] as const).map((key) => ({
    title: `${key} against docker`,
    key,
    against: 'docker' as const,
    ...({ better: 'less', aim: 1, floor: 1.05, unit: '' } as const),
  })),
  {
    title: 'answers to questions for names against docker',
    key: 'names',
    against: 'docker',
    ...{ better: 'more', aim: 2, floor: 1, unit: '' },
  },
  {
    title: 'engine time for start',
    key: 'start',
    ...{ better: 'less', aim: 15, floor: 30, unit: ' ms' },
  },
  {
    title: '`ps`, 20 containers, against docker',
    key: 'ps 20',
    against: 'docker',
    ...{ better: 'less', aim: 1.7, floor: 3.2, unit: '' },
  },
  {
    title: 'memory of a shim, 50 containers',
    key: 'shim Pss 50',
    ...{ better: 'less', aim: 2.5, floor: 4, unit: ' MB' },
  },
  {
    title: 'memory of the idle daemon against dockerd and containerd',
    key: 'daemon Pss 0',
    against: 'docker',
    ...{ better: 'less', aim: 0.6, floor: 1, unit: '' },
  },
  {
    title: 'start of the daemon, 100 running containers',
    key: 'restart 100',
    ...{ better: 'less', aim: 1000, floor: 2000, unit: ' ms' },
  },
  { title: 'attach', key: 'attach', ...{ better: 'more', aim: 1000, floor: 400, unit: ' MB/s' } },
  {
    title: 'log writing against docker',
    key: 'log',
    against: 'docker',
    ...{ better: 'more', aim: 2, floor: 1.2, unit: '' },
  },
  {
    title: 'pull and unpack against docker',
    key: 'pull',
    against: 'docker',
    ...{ better: 'less', aim: 0.4, floor: 0.7, unit: '' },
  },
  {
    title: 'pull and unpack against podman',
    key: 'pull',
    against: 'podman',
    ...{ better: 'less', aim: 0.45, floor: 0.75, unit: '' },
  },
  {
    title: 'growth of the daemon while it pulls',
    key: 'pull peak',
    ...{ better: 'less', aim: 100, floor: 150, unit: ' MB' },
  },
  ...(['push', 'save', 'load'] as const).map((key) => ({
    title: `${key} against docker`,
    key,
    against: 'docker' as const,
    ...({ better: 'less', aim: 0.7, floor: 1, unit: '' } as const),
  })),
  {
    title: 'build, all cached, against docker',
    key: 'build cached',
    against: 'docker',
    ...{ better: 'less', aim: 0.5, floor: 1, unit: '' },
  },
  {
    title: 'build, nothing cached, against docker',
    key: 'build cold',
    against: 'docker',
    ...{ better: 'less', aim: 1, floor: 1.2, unit: '' },
  },
  {
    title: 'build, one of 10,000 files changed, against docker',
    key: 'build changed',
    against: 'docker',
    ...{ better: 'less', aim: 0.5, floor: 1, unit: '' },
  },
  {
    title: 'build, ten stages at once, against docker',
    key: 'build stages',
    against: 'docker',
    ...{ better: 'less', aim: 1, floor: 1.2, unit: '' },
  },
  {
    title: 'growth of the daemon while it builds',
    key: 'build peak',
    ...{ better: 'less', aim: 100, floor: 200, unit: ' MB' },
  },
];

export interface Verdict extends Aim {
  readonly value: number;
  readonly met: 'aim' | 'floor' | 'missed';
}

/** Verdicts on what was measured; an aim without its samples is left out. */
export function judge(results: Results): Verdict[] {
  return aims.flatMap((aim) => {
    const samples = results.get(aim.key)?.samples;
    const other = aim.against === undefined ? undefined : samples?.[aim.against];
    if (samples?.wharf === undefined || (aim.against !== undefined && other === undefined)) {
      return [];
    }
    const value = summarize(samples.wharf).p50 / (other === undefined ? 1 : summarize(other).p50);
    return [{ ...aim, value, met: met(aim, value) }];
  });
}

function met({ better, aim, floor }: Aim, value: number): Verdict['met'] {
  const reaches = (mark: number): boolean => (better === 'less' ? value <= mark : value >= mark);
  if (reaches(aim)) return 'aim';
  return reaches(floor) ? 'floor' : 'missed';
}
