import { randomBytes } from 'node:crypto';
import { InvalidArgumentError, printable } from '@wharf/core';

const grammar = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const longest = 255;

/** Names of volumes are names of directories. @throws invalid-argument in docker's words */
export function checkVolumeName(name: string): void {
  const prefix = `create ${printable(name)}:`;
  if (name.length === 1) {
    throw new InvalidArgumentError(
      `${prefix} volume name is too short, names should be at least two alphanumeric characters`,
    );
  }
  if (name.length > longest) {
    throw new InvalidArgumentError(
      `${prefix.slice(0, 60)}: the name is longer than ${longest} characters`,
    );
  }
  if (!grammar.test(name)) {
    throw new InvalidArgumentError(
      `${prefix} "${printable(name)}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
}

/** 64 hexadecimal digits, as docker makes them. */
export function anonymousName(): string {
  return randomBytes(32).toString('hex');
}
