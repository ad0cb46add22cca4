import type { Statement } from '../parse/ast.js';
import { readJsonForm } from '../parse/json-form.js';
import type { Word } from '../source/text.js';
import { baseOf, nameOf, problem, wordOf, type InstructionBase } from './base.js';
import { Flags } from './flags.js';
import { splitBlank } from './words.js';

export interface ExposeInstruction extends InstructionBase {
  readonly kind: 'expose';
  readonly ports: readonly Word[];
}

export interface VolumeInstruction extends InstructionBase {
  readonly kind: 'volume';
  readonly paths: readonly Word[];
}

export interface UserInstruction extends InstructionBase {
  readonly kind: 'user';
  readonly user: Word;
}

export interface WorkdirInstruction extends InstructionBase {
  readonly kind: 'workdir';
  readonly path: Word;
}

export interface StopSignalInstruction extends InstructionBase {
  readonly kind: 'stopsignal';
  readonly signal: Word;
}

/** Deprecated; sets the image's author. */
export interface MaintainerInstruction extends InstructionBase {
  readonly kind: 'maintainer';
  readonly author: Word;
}

/** Ours, behind `# wharf=include`: the instructions of another file of the context stand here. */
export interface IncludeInstruction extends InstructionBase {
  readonly kind: 'include';
  readonly path: Word;
}

export function readExpose(statement: Statement): ExposeInstruction {
  new Flags(statement);
  const ports = splitBlank(statement.rest).map(wordOf);
  if (ports.length === 0) throw problem(statement, 'EXPOSE needs a port');
  return Object.freeze({ ...baseOf(statement), kind: 'expose', ports: Object.freeze(ports) });
}

export function readVolume(statement: Statement): VolumeInstruction {
  new Flags(statement);
  const paths = readJsonForm(statement.rest) ?? splitBlank(statement.rest).map(wordOf);
  const empty = paths.find(({ text }) => text.trim() === '');
  if (paths.length === 0 || empty !== undefined) {
    throw problem(statement, 'VOLUME needs a path, and no empty one', {
      range: empty?.range ?? statement.range,
    });
  }
  return Object.freeze({ ...baseOf(statement), kind: 'volume', paths: Object.freeze(paths) });
}

export function readUser(statement: Statement): UserInstruction {
  return Object.freeze({ ...baseOf(statement), kind: 'user', user: one(statement) });
}

export function readWorkdir(statement: Statement): WorkdirInstruction {
  return Object.freeze({ ...baseOf(statement), kind: 'workdir', path: one(statement) });
}

export function readStopSignal(statement: Statement): StopSignalInstruction {
  return Object.freeze({ ...baseOf(statement), kind: 'stopsignal', signal: one(statement) });
}

export function readMaintainer(statement: Statement): MaintainerInstruction {
  return Object.freeze({ ...baseOf(statement), kind: 'maintainer', author: one(statement) });
}

export function readInclude(statement: Statement): IncludeInstruction {
  return Object.freeze({ ...baseOf(statement), kind: 'include', path: one(statement) });
}

/** All that follows as one argument, white space included. */
function one(statement: Statement): Word {
  new Flags(statement);
  if (statement.rest.length === 0)
    throw problem(statement, `${nameOf(statement)} needs an argument`);
  return wordOf(statement.rest);
}
