import { shortId, type ImageHistoryRow } from '@wharf/core';
import { agoText } from '../../format/status.js';
import { humanSize } from '../../format/units.js';
import { ellipsis } from '../shared/human.js';
import { localNanoTime } from '../shared/local-time.js';

const createdByWidth = 45;

/** The images between the layers were never here. */
const missing = '<missing>';

export const historyHeaders = {
  ID: 'IMAGE',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  CreatedBy: 'CREATED BY',
  Size: 'SIZE',
  Comment: 'COMMENT',
};

export interface HistoryRowOptions {
  readonly now: Date;
  readonly truncate: boolean;
  readonly human: boolean;
}

/** A step as `history` shows it. */
export function historyRow(
  { imageId, createdAt, createdBy, size, comment }: ImageHistoryRow,
  { now, truncate, human }: HistoryRowOptions,
): object {
  const command = createdBy.replaceAll('\t', ' ');
  const id = truncate ? shortId(imageId) : imageId;
  const created = () => (createdAt === undefined ? 'N/A' : secondsTime(createdAt));
  return {
    Comment: comment,
    CreatedAt: created,
    CreatedBy: truncate ? ellipsis(command, createdByWidth) : command,
    CreatedSince: () =>
      human ? (createdAt === undefined ? 'N/A' : agoText(createdAt, now)) : created(),
    ID: imageId === '' ? missing : id,
    Size: human ? humanSize(size, 3) : String(size),
  };
}

/** RFC 3339 in the local zone without a fraction. */
function secondsTime(moment: Date): string {
  return localNanoTime(moment).replace(/\.\d+/, '');
}
