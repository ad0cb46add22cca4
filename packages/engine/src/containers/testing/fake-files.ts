import type { CallOptions, FileChange, PathStat, VolumeEntry } from '@wharf/core';
import { NotFoundError } from '@wharf/core';
import { digestOf, emptyRuntimeConfig } from '@wharf/oci';
import type { CommitRequest, CommittedImage } from '../../images/commit.js';
import type { PackPort } from '../../layers/ports.js';
import type { FilePort, PackedPath, RootView, UnpackIntoRequest } from '../file-ports.js';

export const statOfFake: PathStat = {
  name: 'f',
  size: 1,
  mode: 0o100644,
  modifiedAt: new Date(0),
  linkTarget: '',
};

/** Files of containers that are not there: remembers what it was asked, and holds until `let` is called where `hold` is set. */
export class FakeFiles implements FilePort, Pick<PackPort, 'changes'> {
  readonly asked: { readonly verb: string; readonly view: RootView }[] = [];
  readonly committed: CommitRequest[] = [];
  readonly received: Uint8Array[] = [];
  hold: Promise<void> | undefined;
  failure: Error | undefined;

  async stat(view: RootView, path: string, options: CallOptions): Promise<PathStat> {
    await this.#work('stat', view, options);
    if (path === '/nope') throw new NotFoundError('file', path);
    return statOfFake;
  }

  async pack(
    view: RootView,
    { path }: { readonly path: string },
    options: CallOptions,
  ): Promise<PackedPath> {
    const stat = await this.stat(view, path, options);
    return { stat, archive: this.packRoot(view, options) };
  }

  async *packRoot(view: RootView, options: CallOptions): AsyncGenerator<Uint8Array> {
    await this.#work('pack', view, options);
    yield Buffer.from('archive');
  }

  async *entries(view: RootView, options: CallOptions): AsyncGenerator<readonly VolumeEntry[]> {
    await this.#work('entries', view, options);
    yield [{ path: '.', digest: '0' }];
  }

  async unpackInto(
    view: RootView,
    _request: UnpackIntoRequest,
    archive: AsyncIterable<Uint8Array>,
    options: CallOptions,
  ): Promise<void> {
    await this.#work('unpack', view, options);
    for await (const chunk of archive) this.received.push(chunk);
  }

  changes(): Promise<readonly FileChange[]> {
    return Promise.resolve([{ kind: 'added', path: Buffer.from('/new') }]);
  }

  async commit(request: CommitRequest): Promise<CommittedImage> {
    request.config(emptyRuntimeConfig());
    {
      await using _ = (await request.quiet()) ?? null;
      if (this.failure !== undefined) throw this.failure;
    }
    request.check();
    this.committed.push(request);
    const leftOut = { sockets: 0, changed: 0, reserved: 0 };
    return { imageId: digestOf('sha256', 'c'.repeat(64)), leftOut };
  }

  async #work(verb: string, view: RootView, { signal }: CallOptions): Promise<void> {
    this.asked.push({ verb, view });
    if (this.hold === undefined) return;
    const aborted = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
    );
    await Promise.race([this.hold, aborted]);
  }
}
