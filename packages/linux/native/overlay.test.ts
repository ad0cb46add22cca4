import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildAndLoad, inOwnNamespace, inOwnProcess, temporaryFolder } from './fixture.js';
import type { Tools } from './fixture.js';

buildAndLoad();

/** Folders low0 (topmost), low1, upper, work, target below `dir`. */
function lay(dir: string): void {
  for (const name of ['low0', 'low1', 'upper', 'work', 'target']) mkdirSync(join(dir, name));
  writeFileSync(join(dir, 'low0/both'), 'top');
  writeFileSync(join(dir, 'low1/both'), 'bottom');
  writeFileSync(join(dir, 'low1/deep'), 'deep');
}

function mountBoth({ native, fs, dir, codeOf }: Tools): unknown {
  const lower = [`${dir}/low0`, `${dir}/low1`];
  const target = `${dir}/target`;
  native.overlayMount({ lower, target, upper: `${dir}/upper`, work: `${dir}/work`, attributes: 4 });
  fs.writeFileSync(`${target}/new`, 'new');
  const info = fs.readFileSync('/proc/thread-self/mountinfo', 'utf8');
  const line = info.split('\n').find((text) => text.includes(` ${target} `)) ?? '';
  const writable = {
    both: fs.readFileSync(`${target}/both`, 'utf8'),
    deep: fs.readFileSync(`${target}/deep`, 'utf8'),
    upper: fs.readdirSync(`${dir}/upper`),
    nodev: line.includes('nodev'),
  };
  native.umount(target, 0);
  native.overlayMount({ lower, target });
  const write = codeOf(() => fs.writeFileSync(`${target}/new`, 'new'));
  return { ...writable, readOnly: fs.readdirSync(target).toSorted(), write };
}

const bothSeen = {
  both: 'top',
  deep: 'deep',
  upper: ['new'],
  nodev: true,
  readOnly: ['both', 'deep'],
  write: 'EROFS',
};

describe('overlayMount', () => {
  test('stacks lower directories topmost first, writes into upper, and is read-only without one', async () => {
    using dir = temporaryFolder();
    lay(dir.path);
    expect(await inOwnNamespace(dir.path, mountBoth)).toEqual(bothSeen);
  });

  test.each([
    ['has no fsopen', 'int fsopen(void) { errno = ENOSYS; return -1; }'],
    // Linux before 6.5: every option is taken, and all of them are refused at FSCONFIG_CMD_CREATE.
    [
      'judges options late',
      'int fsconfig(int fd, unsigned cmd) { if (cmd != 6) return 0; errno = EINVAL; return -1; }',
    ],
    // Linux 6.5 to 6.7.
    ['has no lowerdir+', 'int fsconfig(void) { errno = EINVAL; return -1; }'],
  ])('does the same with mount(2) where the kernel %s', (_, source) => {
    using dir = temporaryFolder();
    lay(dir.path);
    const preload = join(dir.path, 'old.so');
    const cc = ['-shared', '-fPIC', '-w', '-x', 'c', '-', '-o', preload];
    execFileSync('gcc', cc, { input: `#include <errno.h>\n${source}\n` });
    const program = `({ native, c, ...rest }) => {
      native.unshare(c.CLONE_FS | c.CLONE_NEWNS);
      native.mount(null, '/', null, c.MS_REC | c.MS_PRIVATE, null);
      return (${mountBoth.toString()})({ native, c, ...rest });
    }`;
    const body = { toString: () => program } as unknown as (tools: Tools) => unknown;
    expect(inOwnProcess(dir.path, body, { LD_PRELOAD: preload })).toEqual(bothSeen);
  });

  test('shows a single lower directory as a read-only bind mount', async () => {
    using dir = temporaryFolder();
    lay(dir.path);
    const seen = await inOwnNamespace(dir.path, ({ native, fs, dir, codeOf }) => {
      native.overlayMount({ lower: [`${dir}/low1`], target: `${dir}/target`, attributes: 2 });
      return {
        names: fs.readdirSync(`${dir}/target`),
        write: codeOf(() => fs.unlinkSync(`${dir}/target/deep`)),
      };
    });
    expect(seen).toEqual({ names: ['both', 'deep'], write: 'EROFS' });
  });

  test('takes more layers than a page of options holds', async () => {
    using dir = temporaryFolder();
    const found = await inOwnNamespace(dir.path, ({ native, fs, dir }) => {
      const lower = Array.from({ length: 150 }, (_, i) => `${dir}/${'n'.repeat(60)}${i}`);
      for (const [i, path] of lower.entries()) {
        fs.mkdirSync(path);
        fs.writeFileSync(`${path}/f${i}`, '');
      }
      fs.mkdirSync(`${dir}/target`);
      native.overlayMount({ lower, target: `${dir}/target` });
      return fs.readdirSync(`${dir}/target`).length;
    });
    expect(found).toBe(150);
  });

  test('takes paths with separators of the option syntax, and very long ones', async () => {
    using dir = temporaryFolder();
    const found = await inOwnNamespace(dir.path, ({ native, fs, dir }) => {
      const odd = String.raw`${dir}/a:b,c\d e=f`;
      const long = `${dir}/${'x'.repeat(200)}/${'y'.repeat(200)}`;
      for (const path of [`${odd}/low`, `${odd}/upper`, `${odd}/work`, `${odd}/target`, long]) {
        fs.mkdirSync(path, { recursive: true });
      }
      fs.writeFileSync(`${odd}/low/odd`, '');
      fs.writeFileSync(`${long}/long`, '');
      const target = `${odd}/target`;
      native.overlayMount({
        lower: [`${odd}/low`, long],
        upper: `${odd}/upper`,
        work: `${odd}/work`,
        target,
        options: ['volatile', 'metacopy=off'],
      });
      fs.writeFileSync(`${target}/new`, '');
      return [...fs.readdirSync(target), ...fs.readdirSync(`${odd}/upper`)];
    });
    expect(found.toSorted()).toEqual(['long', 'new', 'new', 'odd']);
  });

  test('says which option the kernel refused, and refuses half of upper and work', async () => {
    using dir = temporaryFolder();
    lay(dir.path);
    const messages = await inOwnNamespace(dir.path, ({ native, dir }) => {
      const messageOf = (call: () => void): string => {
        try {
          call();
          return 'none';
        } catch (error) {
          return (error as Error).message;
        }
      };
      const lower = [`${dir}/low0`, `${dir}/low1`];
      const target = `${dir}/target`;
      return [
        messageOf(() => native.overlayMount({ lower, target, options: ['bogus=1'] })),
        messageOf(() => native.overlayMount({ lower, target, upper: `${dir}/upper` })),
        messageOf(() => native.overlayMount({ lower: [], target })),
        messageOf(() => native.overlayMount({ lower: [`${dir}/missing`, ...lower], target })),
      ];
    });
    expect(messages[0]).toMatch(/^EINVAL: .*fsconfig .*bogus/);
    expect(messages[1]).toMatch(/^EINVAL: .*upper and work/);
    expect(messages[2]).toMatch(/^EINVAL: .*no lower/);
    expect(messages[3]).toMatch(/^ENOENT: /);
  });
});
