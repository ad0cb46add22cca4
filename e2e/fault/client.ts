import type { Engine } from '../support.js';
import { identify, type Identity } from './kernel.js';
import type { Random } from './random.js';

type Answer = 'yes' | 'no' | 'unknown';

/** What a client was told of one of its containers. `unknown`: the daemon died before it answered. */
export interface Told {
  readonly name: string;
  exists: Answer;
  runs: Answer;
  /** Its first process, seen while nothing had been asked that could end it. */
  identity: Identity | undefined;
  /** The calls about it and their answers, oldest first, for messages. */
  readonly history: string[];
}

const mostAtOnce = 5;

/** Creates, enters, stops, starts and removes containers of its own, one call at a time, and remembers each answer. */
export class Client {
  readonly told: Told[] = [];
  /** Calls that were answered with success, with an error, and not at all. */
  readonly calls = { done: 0, refused: [] as string[], lost: 0 };
  readonly #engine: Engine;
  readonly #name: string;
  readonly #random: Random;
  readonly #answering: () => Promise<unknown>;

  /** `answering` resolves when there is a daemon to call. */
  constructor(engine: Engine, name: string, random: Random, answering: () => Promise<unknown>) {
    this.#answering = answering;
    this.#engine = engine;
    this.#name = name;
    this.#random = random;
  }

  async work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#answering();
      await this.step();
    }
  }

  async step(): Promise<void> {
    const mine = this.told.filter(({ exists }) => exists === 'yes');
    const [first, ...rest] = mine;
    if (first === undefined || mine.length < 2) return this.#add();
    const one = this.#random.pick([first, ...rest]);
    const verbs = ['exec', 'exec', 'stop', 'start', 'remove'] as const;
    const verb = mine.length < mostAtOnce ? this.#random.pick([...verbs, 'add', 'add']) : 'remove';
    switch (verb) {
      case 'add':
        return this.#add();
      case 'exec':
        return void (await this.#call(one, ['exec', one.name, 'true'], one.runs === 'yes'));
      case 'stop':
        return this.#move(one, ['stop', '-t', '0', one.name], 'no');
      case 'start':
        return this.#move(one, ['start', one.name], 'yes');
      case 'remove':
        return this.#remove(one);
    }
  }

  async #add(): Promise<void> {
    const one: Told = {
      name: `${this.#name}-${this.told.length}`,
      exists: 'unknown',
      runs: 'unknown',
      identity: undefined,
      history: [],
    };
    this.told.push(one);
    const runs = this.#random.below(3) > 0;
    const how = runs ? ['run', '-d'] : ['create'];
    const rest = ['--network', 'none', '--name', one.name, 'busybox', 'sleep', '600'];
    if (!(await this.#call(one, [...how, ...rest]))) return;
    one.exists = 'yes';
    one.runs = runs ? 'yes' : 'no';
    if (runs) await this.#look(one);
  }

  async #move(one: Told, args: readonly string[], runs: Answer): Promise<void> {
    const before = one.runs;
    one.runs = 'unknown';
    if (!(await this.#call(one, args))) {
      if (before !== runs) one.identity = undefined;
      return;
    }
    one.runs = runs;
    if (before !== runs) one.identity = undefined;
    if (runs === 'yes') await this.#look(one);
  }

  async #remove(one: Told): Promise<void> {
    one.exists = 'unknown';
    one.runs = 'unknown';
    one.identity = undefined;
    if (!(await this.#call(one, ['rm', '-f', one.name]))) return;
    one.exists = 'no';
    one.runs = 'no';
  }

  async #look(one: Told): Promise<void> {
    if (one.identity !== undefined) return;
    const args = ['inspect', '-f', '{{.State.Pid}}', one.name];
    const { code, stdout } = await this.#engine.cli(args, { timeout: 30_000 });
    if (code === 0) one.identity = await identify(Number(stdout));
  }

  async #call(one: Told, args: readonly string[], succeeds = true): Promise<boolean> {
    const { code, stderr } = await this.#engine.cli(args, { timeout: 30_000 });
    const lost = code !== 0 && isLost(stderr);
    one.history.push(`${args[0]} ${code === 0 ? 'done' : lost ? 'lost' : stderr.trim()}`);
    if (code === 0) this.calls.done += 1;
    else if (lost) this.calls.lost += 1;
    else if (succeeds) this.calls.refused.push(`${one.name}: ${one.history.join(', ')}`);
    return code === 0;
  }
}

/** Nobody listened, or the daemon died before it answered. */
function isLost(stderr: string): boolean {
  return /daemon/i.test(stderr);
}
