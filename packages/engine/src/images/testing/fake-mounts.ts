import type { ImageMountPort } from '../mount-port.js';

/** Mounts in memory, which a restart of the daemon leaves and `reboot` takes away. */
export class FakeMounts implements ImageMountPort {
  bootId = 'boot-1';
  readonly mounted = new Map<string, readonly string[]>();
  failure: Error | undefined;

  mount(lower: readonly string[], target: string): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.mounted.set(target, lower);
    return Promise.resolve();
  }

  unmount(target: string): Promise<void> {
    this.mounted.delete(target);
    return Promise.resolve();
  }

  isMounted(target: string): boolean {
    return this.mounted.has(target);
  }

  reboot(): void {
    this.bootId = `${this.bootId}+`;
    this.mounted.clear();
  }
}
