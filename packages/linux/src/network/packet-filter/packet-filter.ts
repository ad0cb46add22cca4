import { WharfError, type CallOptions } from '@wharf/core';
import type { PacketFilterPort, Refusal } from '@wharf/engine/ports';
import type { Native, NetworkNamespace } from '@wharf/linux/native';
import { Interpreter } from './interpreter.js';
import { listenToLog } from './log.js';
import { watchTables } from './watch.js';

export interface PacketFilterOptions {
  readonly native: Native;
  /** The namespace whose tables these are; the daemon's own unless given. Needs nft's library. */
  readonly hostNamespace?: NetworkNamespace;
}

/** With what the composition root does to it. */
export interface LinuxPacketFilter extends PacketFilterPort {
  /** After what is under way. Tables stay. */
  close(): Promise<void>;
}

/** nftables by its library (libnftables.so.1), off the main thread; by the program nft where that is missing. */
export function createPacketFilter(options: PacketFilterOptions): LinuxPacketFilter {
  return new KernelFilter(options);
}

class KernelFilter implements LinuxPacketFilter {
  readonly #native: Native;
  readonly #namespace: NetworkNamespace | null;
  readonly #interpreter: Interpreter;

  constructor({ native, hostNamespace }: PacketFilterOptions) {
    this.#native = native;
    this.#namespace = hostNamespace ?? null;
    this.#interpreter = new Interpreter(native, this.#namespace);
  }

  async apply(script: string, { signal }: CallOptions): Promise<void> {
    const { applied, error } = await this.#interpreter.run(script, false, signal);
    if (!applied) throw refused('a transaction', error);
  }

  async list(family: string, table: string, { signal }: CallOptions): Promise<unknown> {
    if (!(await this.#has(family, table, signal))) return undefined;
    const command = `list table ${family} ${table}`;
    const { applied, output, error } = await this.#interpreter.run(command, true, signal);
    if (applied) return JSON.parse(output);
    if (!(await this.#has(family, table, signal))) return undefined;
    throw refused(`table ${family} ${table}`, error);
  }

  watch(tables: readonly string[], changed: () => void): { close(): Promise<void> } {
    return watchTables({
      tables: new Set(tables),
      native: this.#native,
      namespace: this.#namespace,
      ours: (port) => this.#interpreter.made(port),
      changed,
    });
  }

  listen(
    group: number,
    told: (refusals: readonly Refusal[], lost: number) => void,
  ): Promise<{ close(): Promise<void> }> {
    return listenToLog({ native: this.#native, namespace: this.#namespace, group, told });
  }

  async close(): Promise<void> {
    await this.#interpreter.close();
  }

  /** What is missing cannot be told from other failures of nft but by its text. */
  async #has(family: string, table: string, signal: AbortSignal): Promise<boolean> {
    const { applied, output, error } = await this.#interpreter.run(
      `list tables ${family}`,
      true,
      signal,
    );
    if (!applied) throw refused(`tables of ${family}`, error);
    const { nftables } = JSON.parse(output) as {
      nftables: readonly { readonly table?: { readonly name: string; readonly family: string } }[];
    };
    return nftables.some(({ table: each }) => each?.name === table && each.family === family);
  }
}

function refused(subject: string, words: string): WharfError {
  const said = words.trim() === '' ? 'nft said nothing' : words.trim();
  return new WharfError('internal', `nftables refused ${subject}: ${said}`, {
    facts: { nft: said },
  });
}
