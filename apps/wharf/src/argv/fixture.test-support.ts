import { globalFlags } from './globals.js';
import { defineCommand, type AnyCommand } from './command.js';
import { defineFlags } from './flags.js';
import type { CompletionRequest, Program } from './program.js';
import { runProgram } from './run.js';

export interface Context {
  readonly hosts: readonly string[];
  readonly calls: unknown[];
}

const define = defineCommand<Context>();

const list = define({
  path: ['container', 'ls'],
  aliases: [['container', 'list'], ['ps']],
  summary: 'List containers',
  flags: defineFlags({
    all: {
      type: 'bool',
      short: 'a',
      description: 'Show all containers (default shows just running)',
    },
    format: {
      type: 'string',
      description:
        "Format output using a custom template:\n'table':  Print output in table format with column headers (default)",
    },
    last: { type: 'int', short: 'n', default: -1, description: 'Show n last created containers' },
    secret: { type: 'bool', hidden: true, description: 'Hidden' },
  }),
  args: [],
  examples: [{ text: 'List all containers', command: 'wharf ps -a' }],
  run: (context, flags, args, { given }) => {
    context.calls.push({ hosts: context.hosts, flags, args, given: [...given] });
    return Promise.resolve();
  },
});

const run = define({
  path: ['container', 'run'],
  aliases: [['run']],
  summary: 'Create and run a new container from an image',
  stopAtFirstPositional: true,
  failureExitCode: 125,
  flags: defineFlags({
    env: { type: 'strings', short: 'e', description: 'Set environment variables' },
    network: { type: 'string', complete: 'network', description: 'Connect to a network' },
    pull: {
      type: 'string',
      default: 'missing',
      values: ['always', 'missing', 'never'],
      description: 'Pull image before running',
    },
    rm: { type: 'bool', description: 'Remove the container when it exits' },
  }),
  args: [
    { name: 'IMAGE', complete: 'image' },
    { name: 'COMMAND', optional: true },
    { name: 'ARG', optional: true, multiple: true },
  ],
  run: (context, flags, args) => {
    context.calls.push({ flags, args });
    if (args[0] === 'broken') throw new RangeError('boom');
    return Promise.resolve(args[0] === 'seven' ? 7 : 0);
  },
});

const remove = define({
  path: ['container', 'rm'],
  aliases: [['rm']],
  summary: 'Remove one or more containers',
  flags: defineFlags({ force: { type: 'bool', short: 'f', description: 'Force the removal' } }),
  args: [{ name: 'CONTAINER', multiple: true, complete: 'container' }],
  run: () => Promise.resolve(),
});

export const loads: string[] = [];

function entry(command: AnyCommand<Context>, common = false) {
  const { path, summary, aliases = [] } = command;
  const load = () => {
    loads.push(path.join(' '));
    return Promise.resolve({ default: command });
  };
  return { path, summary, aliases, common, load };
}

function candidates({ kind, globals }: CompletionRequest) {
  const names: Record<string, string[]> = {
    container: ['web', 'web2', 'db'],
    image: ['alpine:3', 'debian'],
    network: [`net-of-${globals.host.join()}`],
  };
  return Promise.resolve(
    (names[kind] ?? []).map((value) => ({ value, description: `the ${kind}` })),
  );
}

/** A small program, and what came of running it. */
export function fixture() {
  const calls: unknown[] = [];
  const program: Program<Context> = {
    name: 'wharf',
    tagline: 'Build, ship and run containers',
    version: 'Wharf version 0.1.0',
    commands: [entry(run, true), entry(list, true), entry(remove)],
    management: [
      { path: ['container'], summary: 'Manage containers' },
      { path: ['image'], summary: 'Manage images' },
    ],
    globals: globalFlags('/home/me/.wharf'),
    createContext: (globals) => ({ hosts: globals.host, calls }),
    complete: candidates,
  };
  const wharf = async (...argv: string[]) => {
    let [out, err] = ['', ''];
    const code = await runProgram(program, argv, {
      stdout: (text) => (out += text),
      stderr: (text) => (err += text),
      columns: 80,
      signal: new AbortController().signal,
    });
    return { code, out, err };
  };
  return { program, calls, wharf };
}
