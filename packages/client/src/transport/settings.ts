/** RFC 9113, 6.5.2. */
export const settingIds = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
} as const;

const settingBytes = 6;

export function encodeSettings(settings: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.allocUnsafe(settings.length * settingBytes);
  settings.forEach(([id, value], index) => {
    payload.writeUInt16BE(id, index * settingBytes);
    payload.writeUInt32BE(value, index * settingBytes + 2);
  });
  return payload;
}

export function readSettings(payload: Buffer): (readonly [number, number])[] {
  const settings: (readonly [number, number])[] = [];
  for (let at = 0; at + settingBytes <= payload.length; at += settingBytes) {
    settings.push([payload.readUInt16BE(at), payload.readUInt32BE(at + 2)]);
  }
  return settings;
}
