import { FailedPreconditionError, CancelledError, type BuildFrame, type Builds } from '@wharf/core';
import { describe, expect, test } from 'vitest';
import { fakeIo } from '../../testing/test-io.js';
import { begin, later, runBuildCommand as run, running, step } from './build.test-support.js';

const url = 'https://example.org/a.tar.gz';

describe('the end', () => {
  async function* failing(): AsyncGenerator<BuildFrame> {
    yield { kind: 'started', buildId: 'b1' };
    yield step;
    yield running;
    yield {
      kind: 'log',
      stepId: 1,
      stream: 'stderr',
      data: Buffer.from('no rule\n'),
      at: later,
    };
    const state = {
      kind: 'failed',
      startedAt: begin,
      finishedAt: later,
      error: 'exit code: 2',
    } as const;
    yield { kind: 'state', stepId: 1, state };
    throw new FailedPreconditionError('process "/bin/sh -c make" did not complete: exit code: 2', {
      facts: {
        step: '1',
        exitCode: '2',
        excerpt: '   1 |     FROM a\n   2 | >>> RUN make\n',
        file: 'Dockerfile',
        line: '2',
      },
    });
  }

  test('a failed step shows its lines, those of the Dockerfile and the error', async () => {
    const { code, err } = await run([url], { frames: failing() });
    expect(code).toBe(1);
    expect(err).toBe(
      [
        '#1 [1/1] RUN make',
        '#1 1.000 no rule',
        '#1 ERROR: exit code: 2',
        '',
        '------',
        ' > [1/1] RUN make:',
        '1.000 no rule',
        '------',
        'Dockerfile:2',
        '--------------------',
        '   1 |     FROM a',
        '   2 | >>> RUN make',
        '--------------------',
        'ERROR: failed to build: process "/bin/sh -c make" did not complete: exit code: 2',
        '',
      ].join('\n'),
    );
  });

  test('--debug opens a shell there', async () => {
    const asked: unknown[] = [];
    const debug: Builds['debug'] = (ref, request) => {
      asked.push(ref, request.args);
      return Promise.reject(new FailedPreconditionError('gone'));
    };
    const { err } = await run(['--debug', url], {
      tty: true,
      frames: failing(),
      builds: { debug },
    });
    expect(asked).toEqual(['b1', ['/bin/sh']]);
    expect(err).toContain('no shell could be opened: gone');
    expect((await run(['--debug', url])).err).toContain('needs a terminal');
  });

  test('Ctrl-C cancels with 130, and twice leaves at once', async () => {
    for (const times of [1, 2]) {
      const io = fakeIo();
      const builds: Partial<Builds> = {
        async *build(_spec, { signal }) {
          yield step;
          setTimeout(() => {
            for (let i = 0; i < times; i++) io.raise('SIGINT');
          }, 5);
          await new Promise<never>((_resolve, reject) => {
            if (times === 1) signal.addEventListener('abort', () => reject(new CancelledError()));
          });
        },
      };
      const { code, err } = await run([url], { io, builds });
      expect(code).toBe(130);
      expect(err).toContain('cancelling the build');
    }
  });

  test('--check and --call answer instead', async () => {
    const asked: string[] = [];
    const ask: Builds['ask'] = (_spec, question) => {
      asked.push(question);
      return Promise.resolve({ text: 'text\n', json: '{}', exitCode: 1 });
    };
    const checked = await run(['--check', url], { builds: { ask } });
    expect([checked.code, checked.out]).toEqual([1, 'text\n']);
    expect((await run(['--call', 'outline,format=json', url], { builds: { ask } })).out).toBe(
      '{}\n',
    );
    expect(asked).toEqual(['check', 'outline']);
  });
});
