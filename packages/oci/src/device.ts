import { InvalidArgumentError, type DeviceSpec } from '@wharf/core';

/** Reads `/dev/sda`, `/dev/sda:/dev/xvda`, `/dev/sda:r`, `/dev/sda:/dev/xvda:rwm`. @throws InvalidArgumentError */
export function parseDevice(text: string): DeviceSpec {
  const [hostPath = '', second, third, ...more] = text.split(':');
  if (more.length > 0 || hostPath === '' || second === '' || third === '') {
    throw new InvalidArgumentError(`invalid device specification: ${text}`);
  }
  if (third !== undefined && !isDeviceMode(third)) {
    throw new InvalidArgumentError(`invalid device mode: ${third}`);
  }
  const secondIsMode = third === undefined && second !== undefined && isDeviceMode(second);
  const containerPath = second === undefined || secondIsMode ? hostPath : second;
  const permissions = third ?? (secondIsMode ? second : 'rwm');
  for (const path of [hostPath, containerPath]) {
    if (!path.startsWith('/')) {
      throw new InvalidArgumentError(`${path} is not an absolute path`);
    }
  }
  return { hostPath, containerPath, permissions };
}

function isDeviceMode(text: string): boolean {
  const letters = new Set(text);
  return (
    text !== '' && letters.size === text.length && [...letters].every((c) => 'rwm'.includes(c))
  );
}
