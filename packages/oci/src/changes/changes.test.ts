import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWharfError } from '@wharf/core';
import { emptyRuntimeConfig, parseConfig } from '../config.js';
import { serialiseConfig } from '../config-write.js';
import { parseDigest } from '../digest.js';
import { applyChanges } from './changes.js';

const base = emptyRuntimeConfig();
const apply = (...changes: string[]) => applyChanges(base, changes);

describe('commands', () => {
  test('JSON stays as it is, a line goes to the shell', () => {
    expect(apply('CMD ["a", "b c"]').command).toEqual(['a', 'b c']);
    expect(apply('cmd echo "hi $X"').command).toEqual(['/bin/sh', '-c', 'echo "hi $X"']);
    expect(apply('CMD [not json]').command).toEqual(['/bin/sh', '-c', '[not json]']);
    expect(apply('SHELL ["/bin/bash","-ec"]', 'ENTRYPOINT run me').entrypoint).toEqual([
      '/bin/bash',
      '-ec',
      'run me',
    ]);
  });

  test('an entrypoint takes away an inherited command, but not one that was changed too', () => {
    const inherited = { ...base, command: ['old'] };
    expect(applyChanges(inherited, ['ENTRYPOINT ["x"]']).command).toEqual([]);
    expect(applyChanges(inherited, ['CMD ["new"]', 'ENTRYPOINT ["x"]']).command).toEqual(['new']);
  });
});

describe('pairs', () => {
  test('ENV has several pairs with quotes, or one with a space', () => {
    expect(apply(`ENV A=1 B="two words" C=th\\ ree D='$A'`).env).toEqual([
      'A=1',
      'B=two words',
      'C=th ree',
      'D=$A',
    ]);
    expect(apply('ENV A  some text here').env).toEqual(['A=some text here']);
  });

  test('variables are those set before, and a later value takes the place of an earlier one', () => {
    expect(apply('ENV A=1', 'ENV B=$A-${C:-x}${A:+y} A=2', 'USER u$A').env).toEqual([
      'A=2',
      'B=1-xy',
    ]);
    expect(apply('ENV A=2', 'USER u$A').user).toBe('u2');
  });

  test('labels are merged', () => {
    const labelled = applyChanges({ ...base, labels: { a: '1', b: '2' } }, ['LABEL b=3 "c d"=4']);
    expect({ ...labelled.labels }).toEqual({ a: '1', b: '3', 'c d': '4' });
    expect(Object.keys(apply('LABEL __proto__=1').labels)).toEqual(['__proto__']);
  });
});

test('the other instructions', () => {
  const changed = apply(
    'EXPOSE 80 53/udp 7000-7002',
    'ONBUILD RUN make',
    'STOPSIGNAL SIGQUIT',
    'USER 1000:1000',
    'VOLUME ["/a b", "/c"]',
    'VOLUME /d /e',
    'WORKDIR /srv',
    'WORKDIR app',
    'HEALTHCHECK --interval=5s --retries=2 CMD curl -f http://localhost/',
  );
  expect(changed).toMatchObject({
    exposedPorts: ['53/udp', '7000/tcp', '7001/tcp', '7002/tcp', '80/tcp'],
    onBuild: ['RUN make'],
    stopSignal: 'SIGQUIT',
    user: '1000:1000',
    volumes: ['/a b', '/c', '/d', '/e'],
    workdir: '/srv/app',
    healthcheck: {
      test: ['CMD-SHELL', 'curl -f http://localhost/'],
      intervalNanos: 5_000_000_000n,
      retries: 2,
    },
  });
  expect(apply('HEALTHCHECK NONE').healthcheck?.test).toEqual(['NONE']);
});

test('lines join, comments are nothing, one change may have several instructions', () => {
  expect(apply('ENV A=1 \\\n  # no\n  B=2\nUSER x')).toMatchObject({
    env: ['A=1', 'B=2'],
    user: 'x',
  });
});

test.each([
  ['RUN ls', 'RUN is not a valid change command'],
  ['constructor x', 'CONSTRUCTOR is not a valid change command'],
  ['', 'file with no instructions'],
  ['ENV', 'ENV requires at least one argument'],
  ['ENV A', 'ENV must have two arguments'],
  ['ENV A=1 B', `Syntax error - can't find = in "B". Must be of the form: name=value`],
  ['ENV =1', 'ENV names can not be blank'],
  ['EXPOSE', 'EXPOSE requires at least one argument'],
  ['EXPOSE foo', 'invalid port "foo"'],
  ['STOPSIGNAL SIGFOO', 'invalid signal: "SIGFOO"'],
  ['USER a b', 'USER requires exactly one argument'],
  ['VOLUME [""]', 'VOLUME specified can not be an empty string'],
  ['ONBUILD ONBUILD RUN x', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
  ['ONBUILD from x', "FROM isn't allowed as an ONBUILD trigger"],
  ['HEALTHCHECK', 'HEALTHCHECK requires at least one argument'],
  ['HEALTHCHECK NONE x', 'HEALTHCHECK NONE takes no arguments'],
  ['HEALTHCHECK CMD', 'Missing command after HEALTHCHECK CMD'],
  ['HEALTHCHECK foo', 'Unknown type "foo" in HEALTHCHECK (try CMD)'],
  ['HEALTHCHECK --foo=1 CMD x', 'unknown flag: foo'],
  ['HEALTHCHECK --interval=1us CMD x', 'cannot be less than 1ms'],
  ['SHELL bash', 'SHELL requires the arguments to be in JSON form'],
  ['ENV A="x', 'looking for matching double-quote'],
  ['ENV A=${B', 'while looking for }'],
  ['ENV A=${B:=c}', 'unsupported modifier (:=) in substitution'],
])('%s is refused', (change, message) => {
  expect(() => apply(change)).toThrow(message);
});

test('a quoted value comes back whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (value) => {
      fc.pre(!/[\n\0]/.test(value));
      const quoted = `"${value.replaceAll(/["$\\]/g, (c) => `\\${c}`)}"`;
      fc.pre(!quoted.endsWith('\\'));
      expect(apply(`ENV K=${quoted}`).env).toEqual([`K=${value}`]);
    }),
  );
});

test('whatever is accepted survives writing and reading the config, the rest is a failure of ours', () => {
  const names =
    'CMD ENTRYPOINT ENV EXPOSE LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR HEALTHCHECK SHELL';
  const rest = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.stringMatching(/^[ab$={}:"'\\ \-+/0-9[\],]{0,40}$/),
  );
  const diffIds = [parseDigest(`sha256:${'0'.repeat(64)}`)];
  fc.assert(
    fc.property(fc.constantFrom(...names.split(' ')), rest, (name, text) => {
      let config;
      try {
        config = apply(`${name} ${text}`);
      } catch (error) {
        expect(isWharfError(error) && error.code).toMatch(/invalid-argument|resource-exhausted/);
        return;
      }
      const platform = { os: 'linux', architecture: 'amd64', variant: '' };
      const image = { platform, author: '', config, diffIds, history: [] };
      expect(parseConfig(serialiseConfig(image)).config).toEqual(config);
    }),
    { numRuns: 2000 },
  );
});
