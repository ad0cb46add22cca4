import { describe, expect, test } from 'vitest';
import { fixture, loads } from './fixture.test-support.js';

describe('resolution', () => {
  test('a command is found by its path and by each alias, with its flags and arguments', async () => {
    for (const words of [['container', 'ls'], ['container', 'list'], ['ps']]) {
      const { wharf, calls } = fixture();
      expect(await wharf(...words, '-a')).toEqual({ code: 0, out: '', err: '' });
      expect(calls).toMatchObject([{ flags: { all: true, last: -1 }, given: ['all'] }]);
    }
  });

  test('flags before the command are the program’s own', async () => {
    const { wharf, calls } = fixture();
    await wharf('-H', 'unix:///x', '-D', '--host=tcp://y', 'ps');
    expect(calls).toMatchObject([{ hosts: ['unix:///x', 'tcp://y'] }]);
    expect(await wharf('ps', '-H', 'x')).toMatchObject({
      code: 125,
      err: `unknown shorthand flag: 'H' in -H\nSee 'wharf ps --help'.\n`,
    });
  });

  test('only the command that runs is loaded', async () => {
    loads.length = 0;
    await fixture().wharf('ps');
    expect(loads).toEqual(['container ls']);
    await fixture().wharf('--help');
    expect(loads).toEqual(['container ls']);
  });

  test('the exit code is the command’s own; 125 or 1 when it throws', async () => {
    const { wharf, calls } = fixture();
    expect(await wharf('run', '-e', 'A=1', 'seven', 'sh', '--rm')).toMatchObject({ code: 7 });
    expect(calls).toMatchObject([
      { flags: { env: ['A=1'], rm: false }, args: ['seven', 'sh', '--rm'] },
    ]);
    const broken = await wharf('run', 'broken');
    expect(broken.code).toBe(125);
    expect(broken.err).toContain('wharf: boom\n');
  });
});

describe('wrong use', () => {
  test.each([
    [['run', '--foo'], 125, `unknown flag: --foo\nSee 'wharf run --help'.\n`],
    [
      ['container', 'run', '-x'],
      125,
      `unknown shorthand flag: 'x' in -x\nSee 'wharf container run --help'.\n`,
    ],
    [['--foo'], 125, `unknown flag: --foo\nSee 'wharf --help'.\n`],
    [['container', '--foo'], 125, `unknown flag: --foo\nSee 'wharf container --help'.\n`],
    [
      ['run'],
      1,
      `wharf: 'wharf run' requires at least 1 argument\n\nUsage:  wharf run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nSee 'wharf run --help'.\n`,
    ],
    [
      ['ps', 'x'],
      1,
      `wharf: 'wharf ps' accepts no arguments\n\nUsage:  wharf ps [OPTIONS]\n\nSee 'wharf ps --help'.\n`,
    ],
    [['rnu'], 1, `wharf: 'rnu' is not a wharf command. Did you mean run?\nSee 'wharf --help'.\n`],
    [
      ['container', 'zzzzzz'],
      1,
      `wharf: 'zzzzzz' is not a wharf container command.\nSee 'wharf container --help'.\n`,
    ],
    [['help', 'foo'], 1, `unknown help topic: foo\nSee 'wharf --help'.\n`],
  ])('%j', async (argv, code, err) => {
    expect(await fixture().wharf(...argv)).toEqual({ code, out: '', err });
  });
});

describe('help', () => {
  test('of the program: common, management and other commands, global options', async () => {
    const { wharf } = fixture();
    const { out, code } = await wharf();
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "Usage:  wharf [OPTIONS] COMMAND

      Build, ship and run containers

      Common Commands:
        run        Create and run a new container from an image
        ps         List containers

      Management Commands:
        container  Manage containers
        image      Manage images

      Commands:
        rm         Remove one or more containers

      Global Options:
            --config string      Location of client config files (default
                                 "/home/me/.wharf")
        -c, --context string     Name of the context to use to connect to the
                                 daemon (overrides WHARF_HOST env var and default
                                 context set with "wharf context use")
        -D, --debug              Enable debug mode
        -H, --host list          Daemon socket to connect to
        -l, --log-level string   Set the logging level ("debug", "info", "warn",
                                 "error", "fatal") (default "info")
            --tls                Use TLS; implied by --tlsverify
            --tlscacert string   Trust certs signed only by this CA (default
                                 "/home/me/.wharf/ca.pem")
            --tlscert string     Path to TLS certificate file (default
                                 "/home/me/.wharf/cert.pem")
            --tlskey string      Path to TLS key file (default
                                 "/home/me/.wharf/key.pem")
            --tlsverify          Use TLS and verify the remote
        -v, --version            Print version information and quit

      Run 'wharf COMMAND --help' for more information on a command.
      "
    `);
    expect((await wharf('--help')).out).toBe(out);
    expect((await wharf('-h')).out).toBe(out);
    expect((await wharf('help')).out).toBe(out);
  });

  test('of a management word', async () => {
    const { wharf } = fixture();
    const { out } = await wharf('container');
    expect(out).toMatchInlineSnapshot(`
      "Usage:  wharf container COMMAND

      Manage containers

      Commands:
        ls   List containers
        rm   Remove one or more containers
        run  Create and run a new container from an image

      Run 'wharf container COMMAND --help' for more information on a command.
      "
    `);
    expect((await wharf('container', '--help')).out).toBe(out);
    expect((await wharf('help', 'container')).out).toBe(out);
  });

  test('of a command, the same three ways', async () => {
    const { wharf } = fixture();
    const { out } = await wharf('ps', '--help');
    expect(out).toMatchInlineSnapshot(`
      "Usage:  wharf ps [OPTIONS]

      List containers

      Aliases:
        wharf container ls, wharf container list, wharf ps

      Examples:
        # List all containers
        wharf ps -a

      Options:
        -a, --all             Show all containers (default shows just running)
            --format string   Format output using a custom template:
                              'table':  Print output in table format with column
                              headers (default)
        -n, --last int        Show n last created containers (default -1)
      "
    `);
    expect((await wharf('help', 'ps')).out).toBe(out);
    expect((await wharf('ps', '-h')).out).toBe(out);
    expect((await wharf('run', 'alpine', '--help')).out).toBe('');
  });

  test('--version prints the version and nothing else', async () => {
    expect(await fixture().wharf('-v')).toEqual({ code: 0, out: 'Wharf version 0.1.0\n', err: '' });
  });
});
