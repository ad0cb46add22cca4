import { expect, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { ok, inspect } = engine;
const run = ['run', '--rm', '-it', '--network', 'none'];
const within = { timeout: 10_000 };
const prompt = /[#$]\s*$/;

test('run -it gives a shell on a terminal', async () => {
  await using terminal = await engine.terminal([...run, 'busybox', 'sh']);
  await terminal.until(prompt);
  await terminal.enter('echo $((6 * 7)); tty');
  await terminal.until(/^42\n\/dev\/(pts\/0|console)$/m);
  await terminal.enter('exit 5');
  expect(await terminal.ended()).toBe(5);
});

test('the terminal has the size of the client, and follows it', async () => {
  await using terminal = await engine.terminal([...run, 'busybox', 'sh'], {
    columns: 91,
    rows: 31,
  });
  await terminal.until(prompt);
  await terminal.enter('stty size');
  await terminal.until(/^31 91$/m);
  await terminal.resize(70, 20);
  await expect
    .poll(async () => {
      await terminal.enter('clear; stty size');
      return terminal.until(/^\d+ \d+$/m).then(([size]) => size);
    }, within)
    .toBe('20 70');
});

test('a program that starts with the container sees the size', async () => {
  const script = 'sleep 0.5; stty size';
  const command = [...run, 'busybox', 'sh', '-c', script];
  await using terminal = await engine.terminal(command, { columns: 88, rows: 22 });
  await terminal.until(/^22 88$/m);
});

test('TERM is set', async () => {
  await using terminal = await engine.terminal([...run, 'busybox', 'sh', '-c', 'echo =$TERM=']);
  await terminal.until(/^=xterm=$/m);
});

test('TERM is set for an exec with a terminal alone, unless the container has one', async () => {
  const script = 'echo =$TERM=';
  const exec = (flags: string[], target: string) => ['exec', ...flags, target, 'sh', '-c', script];
  for (const [target, ...flags] of [['plain'], ['own', '-e', 'TERM=vt100'], ['tty', '-t']]) {
    const named = ['-d', '--name', target ?? '', '--network', 'none', ...flags];
    await ok(['run', ...named, 'busybox', 'sleep', '1000']);
  }
  for (const [target, term] of Object.entries({ plain: 'xterm', own: 'vt100', tty: 'xterm' })) {
    await using terminal = await engine.terminal(exec(['-it'], target));
    await terminal.until(new RegExp(`^=${term}=$`, 'm'));
  }
  await using given = await engine.terminal(exec(['-it', '-e', 'TERM=dumb'], 'own'));
  await given.until(/^=dumb=$/m);
  expect(await ok(exec([], 'plain'))).toBe('==');
  expect(await ok(exec([], 'tty'))).toBe('==');
  await ok(['rm', '-f', 'plain', 'own', 'tty']);
});

test('ctrl-c interrupts the program, not the client', async () => {
  await using terminal = await engine.terminal([...run, 'busybox', 'sh']);
  await terminal.until(prompt);
  await terminal.enter('echo begin; sleep 600');
  await terminal.until(/^begin$/m);
  await terminal.press('C-c');
  await terminal.enter('echo after $?');
  await terminal.until(/^after 130$/m);
  await terminal.press('C-d');
  expect(await terminal.ended()).toBe(0);
});

test('ctrl-d ends a shell', async () => {
  await using terminal = await engine.terminal([...run, 'busybox', 'sh']);
  await terminal.until(prompt);
  await terminal.press('C-d');
  expect(await terminal.ended()).toBe(0);
});

test('the detach keys leave the container running', async () => {
  const command = ['run', '-it', '--name', 'left', '--network', 'none', 'busybox', 'sh'];
  await using terminal = await engine.terminal(command);
  await terminal.until(prompt);
  await terminal.press('C-p', 'C-q');
  expect(await terminal.ended()).toBe(0);
  expect(await inspect('left', '{{.State.Running}}')).toBe('true');
  await using again = await engine.terminal(['attach', 'left']);
  await again.enter('echo back');
  await again.until(/^back$/m);
  await again.enter('exit 3');
  expect(await again.ended()).toBe(3);
  await ok(['rm', '-f', 'left']);
});

test('--detach-keys sets other keys', async () => {
  const flags = ['-it', '--name', 'keys', '--detach-keys', 'ctrl-x,x', '--network', 'none'];
  await using terminal = await engine.terminal(['run', ...flags, 'busybox', 'sh']);
  await terminal.until(prompt);
  await terminal.press('C-x');
  await terminal.type('x');
  expect(await terminal.ended()).toBe(0);
  expect(await inspect('keys', '{{.State.Running}}')).toBe('true');
  await ok(['rm', '-f', 'keys']);
});

test('a part of the detach keys is passed on', async () => {
  await using terminal = await engine.terminal([...run, 'busybox', 'cat', '-v']);
  await terminal.press('C-p');
  await terminal.type('x');
  await terminal.press('Enter');
  await terminal.until(/\^Px/);
});

test('exec -it gives a shell on a terminal of its own', async () => {
  const id = await engine.container(['busybox', 'sleep', '600']);
  const command = ['exec', '-it', id, 'sh'];
  await using terminal = await engine.terminal(command, { columns: 77, rows: 19 });
  await terminal.until(prompt);
  await terminal.enter('stty size; tty');
  await terminal.until(/^19 77\n\/dev\/pts\/\d+$/m);
  await terminal.enter('exit 9');
  expect(await terminal.ended()).toBe(9);
});

test('exec -it is resized', async () => {
  const id = await engine.container(['busybox', 'sleep', '600']);
  await using terminal = await engine.terminal(['exec', '-it', id, 'sh']);
  await terminal.until(prompt);
  await terminal.resize(60, 15);
  await expect
    .poll(async () => {
      await terminal.enter('clear; stty size');
      return terminal.until(/^\d+ \d+$/m).then(([size]) => size);
    }, within)
    .toBe('15 60');
});

test('two terminals are attached to one container', async () => {
  const id = await engine.container(['-it', 'busybox', 'sh']);
  await using one = await engine.terminal(['attach', id]);
  await using two = await engine.terminal(['attach', id]);
  // Nothing on the screen says that a terminal is attached, and who comes later has missed what was said.
  await expect
    .poll(async () => {
      await one.enter('clear; echo shared-$((40 + 2))');
      const seen = [one, two].map((each) => each.until(/^shared-42$/m));
      return Promise.all(seen).then(
        () => 'both',
        () => 'not both',
      );
    }, within)
    .toBe('both');
});

test('a container ended from outside gives its code and the terminal back', async () => {
  const flags = ['--name', 'ended', '--network', 'none'];
  await using terminal = await engine.terminal(['run', '--rm', '-it', ...flags, 'busybox', 'sh']);
  await terminal.until(prompt);
  await ok(['kill', 'ended']);
  expect(await terminal.ended()).toBe(137);
});

test('run without -t on a terminal leaves it a plain pipe', async () => {
  const command = ['run', '--rm', '-i', '--network', 'none', 'busybox', 'sh', '-c'];
  await using terminal = await engine.terminal([...command, 'tty; read x; echo got $x']);
  await terminal.until(/not a tty/);
  await terminal.enter('line');
  await terminal.until(/^got line$/m);
  expect(await terminal.ended()).toBe(0);
});
