import type { BuildRecord } from '@wharf/core';
import { agoText } from '../../format/status.js';

/** Titles of the columns of `builder ls`. */
export const buildHeaders = {
  CachedSteps: 'CACHED',
  CreatedAt: 'CREATED AT',
  CreatedSince: 'CREATED AT',
  Duration: 'DURATION',
  Error: 'ERROR',
  ID: 'BUILD ID',
  Image: 'IMAGE',
  Name: 'NAME',
  Platforms: 'PLATFORMS',
  Status: 'STATUS',
  Steps: 'STEPS',
  Target: 'TARGET',
};

const statusWords: Readonly<Record<BuildRecord['status'], string>> = {
  running: 'Running',
  completed: 'Completed',
  failed: 'Error',
  cancelled: 'Canceled',
};

/** A build as `builder ls` shows it. */
export function buildRow(record: BuildRecord, now: Date): object {
  const { startedAt, image } = record;
  return {
    CachedSteps: String(cachedSteps(record)),
    CreatedAt: startedAt.toISOString(),
    CreatedSince: () => agoText(startedAt, now),
    Duration: () => buildDuration(record, now),
    Error: record.error,
    ID: record.id,
    Image: image === undefined ? '' : (image.names[0] ?? image.digest),
    Name: record.name,
    Platforms: record.platforms.join(','),
    Status: statusWords[record.status],
    Steps: String(record.steps.length),
    Target: record.target,
  };
}

export function cachedSteps({ steps }: BuildRecord): number {
  return steps.filter(({ state }) => state.kind === 'done' && state.cached).length;
}

/** `1.2s`, `3m 4s`. */
export function buildDuration({ startedAt, finishedAt }: BuildRecord, now: Date): string {
  const millis = Math.max(0, (finishedAt ?? now).getTime() - startedAt.getTime());
  if (millis < 60_000) return `${(millis / 1000).toFixed(1)}s`;
  const seconds = Math.floor(millis / 1000);
  return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
}
