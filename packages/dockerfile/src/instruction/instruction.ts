import type { Ast, Statement } from '../parse/ast.js';
import { suggest } from '../suggest.js';
import { problem } from './base.js';
import {
  readCmd,
  readEntrypoint,
  readRun,
  readShell,
  type CmdInstruction,
  type EntrypointInstruction,
  type RunInstruction,
  type ShellInstruction,
} from './command.js';
import { readAdd, readCopy, type AddInstruction, type CopyInstruction } from './copy.js';
import { readFrom, type FromInstruction } from './from.js';
import { readHealthcheck, type HealthcheckInstruction } from './healthcheck.js';
import { readOnbuild, type OnbuildInstruction } from './onbuild.js';
import {
  readArg,
  readEnv,
  readLabel,
  type ArgInstruction,
  type EnvInstruction,
  type LabelInstruction,
} from './pairs.js';
import * as simple from './simple.js';

export type Instruction =
  | FromInstruction
  | ArgInstruction
  | EnvInstruction
  | LabelInstruction
  | RunInstruction
  | CmdInstruction
  | EntrypointInstruction
  | ShellInstruction
  | CopyInstruction
  | AddInstruction
  | HealthcheckInstruction
  | OnbuildInstruction
  | simple.ExposeInstruction
  | simple.VolumeInstruction
  | simple.UserInstruction
  | simple.WorkdirInstruction
  | simple.StopSignalInstruction
  | simple.MaintainerInstruction
  | simple.IncludeInstruction;

type Reader = (statement: Statement) => Instruction;

const readers: Readonly<Record<string, Reader>> = {
  FROM: readFrom,
  ARG: readArg,
  ENV: readEnv,
  LABEL: readLabel,
  RUN: readRun,
  CMD: readCmd,
  ENTRYPOINT: readEntrypoint,
  SHELL: readShell,
  COPY: readCopy,
  ADD: readAdd,
  HEALTHCHECK: readHealthcheck,
  ONBUILD: (statement) => readOnbuild(statement, (trigger) => void readInstruction(trigger)),
  EXPOSE: simple.readExpose,
  VOLUME: simple.readVolume,
  USER: simple.readUser,
  WORKDIR: simple.readWorkdir,
  STOPSIGNAL: simple.readStopSignal,
  MAINTAINER: simple.readMaintainer,
};

/** The names of all instructions, in capitals. */
export const instructionNames: readonly string[] = Object.freeze(Object.keys(readers));

/**
 * The second stage for one statement.
 * @param includes whether INCLUDE is allowed
 * @throws DockerfileError with a suggestion for a misspelt instruction or flag
 */
export function readInstruction(statement: Statement, includes = false): Instruction {
  const name = statement.keyword.text.toUpperCase();
  if (name === 'INCLUDE') {
    if (includes) return simple.readInclude(statement);
    throw problem(statement, 'INCLUDE must be allowed: write "# wharf=include" in the first line');
  }
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (reader !== undefined) return reader(statement);
  const { text, range } = statement.keyword;
  throw problem(statement, `there is no instruction ${text.slice(0, 64)}`, {
    range,
    suggestion: suggest(name, instructionNames),
  });
}

/** Whether the directives of an AST allow INCLUDE. */
export function allowsIncludes({ directives }: Ast): boolean {
  const words = directives.find(({ name }) => name === 'wharf')?.value.text.split(',') ?? [];
  return words.some((word) => word.trim().toLowerCase() === 'include');
}
