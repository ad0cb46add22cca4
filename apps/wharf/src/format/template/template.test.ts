import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile, struct, TemplateError } from './index.js';

const run = (text: string, data: unknown = {}, options = {}): string =>
  compile(text, options).execute(data);

describe('data', () => {
  test('a key that a map lacks prints <no value>, at any depth', () => {
    expect(run('{{.A}} {{.A.B.C}}', {})).toBe('<no value> <no value>');
  });

  test('with missingKey error a lacking key is refused', () => {
    expect(() => run('{{.A}}', {}, { missingKey: 'error' })).toThrow(
      'template: :1:2: executing "" at <.A>: map has no entry for key "A"',
    );
  });

  test('a field that a struct lacks is an error that names the type', () => {
    expect(() => run('{{.Foo}}', struct('*formatter.ContainerContext', {}))).toThrow(
      `executing "" at <.Foo>: can't evaluate field Foo in type *formatter.ContainerContext`,
    );
  });

  test('null prints <nil> in a struct and <no value> in a map', () => {
    expect(run('{{.A}}', struct('T', { A: null }))).toBe('<nil>');
    expect(run('{{.A}}', { A: null })).toBe('<no value>');
    expect(() => run('{{.A.B}}', { A: null })).toThrow('nil pointer evaluating interface {}.B');
  });

  test('functions are methods, called with the arguments that follow', () => {
    const row = struct('T', { Label: (key: string) => `<${key}>`, Name: () => 'x' });
    expect(run('{{.Label "a.b"}} {{.Name}} {{"c" | .Label}}', row)).toBe('<a.b> x <c>');
    expect(() => run('{{.Label}}', row)).toThrow('wrong number of args for Label: want 1 got 0');
  });

  test('inherited properties do not exist', () => {
    expect(run('{{.constructor}} {{.__proto__}} {{index . "toString"}}', {})).toBe(
      '<no value> <no value> ',
    );
  });

  test('maps and lists print as Go prints them', () => {
    const data = { M: { b: 1, a: 'x' }, L: [1, 'b', null], S: struct('T', { A: 1, B: 'c' }) };
    expect(run('{{.M}} {{.L}} {{.S}} {{printf "%+v" .S}}', data)).toBe(
      'map[a:x b:1] [1 b <nil>] {1 c} {A:1 B:c}',
    );
  });

  test('range goes over maps in the order of their keys', () => {
    const labels = new Map([
      ['b', '2'],
      ['a', '1'],
    ]);
    expect(run('{{range $k, $v := .L}}{{$k}}={{$v}};{{end}}', { L: labels })).toBe('a=1;b=2;');
  });

  test('index of a key that a map of strings lacks is the empty string', () => {
    expect(run('{{index .L "x"}}|{{index .M "x"}}', { L: { a: 'b' }, M: { a: 1 } })).toBe(
      '|<no value>',
    );
  });
});

describe('json', () => {
  test('objects keep their order, Maps are sorted, HTML is not escaped', () => {
    const data = {
      z: '<&>',
      a: new Map([
        ['y', 1],
        ['x', 2],
      ]),
      f: () => 1,
      skip: (_: string) => 1,
    };
    expect(run('{{json .}}', data)).toBe('{"z":"<&>","a":{"x":2,"y":1},"f":1}');
  });

  test('dates, bytes and missing values are as Go has them', () => {
    const data = { d: new Date('2024-01-02T03:04:05.600Z'), b: Uint8Array.of(1, 2), n: null };
    expect(run('{{json .}} {{json .nope}}', data)).toBe(
      '{"d":"2024-01-02T03:04:05.6Z","b":"AQI=","n":null} null',
    );
  });
});

describe('limits', () => {
  test('endless recursion, loops and output are refused', () => {
    expect(() => run('{{define "a"}}{{template "a"}}{{end}}{{template "a"}}')).toThrow(
      'exceeded maximum template depth',
    );
    expect(() => run('{{range 100000000}}{{end}}')).toThrow('too many steps');
    expect(() => run('{{range 1000}}{{printf "%100000d" 1}}{{end}}')).toThrow('prints too much');
  });

  test('deep nesting is refused, not a stack overflow', () => {
    expect(() => run('{{if 1}}'.repeat(100_000))).toThrow('nested too deeply');
    expect(() => run(`{{${'('.repeat(100_000)}`)).toThrow(TemplateError);
    expect(() => run('{{if 1}}{{else if 1}}'.repeat(5_000))).toThrow(TemplateError);
  });

  test('doubling a string ends in an error', () => {
    const text = '{{$x := "aaaaaaaa"}}{{range 100}}{{$x = print $x $x}}{{end}}';
    expect(() => run(text)).toThrow('the result is too long');
  });
});

test('clean is applied to printed values, not to the text of the template', () => {
  const clean = (text: string): string => text.replaceAll('\t', '\\t');
  expect(run('a\t{{.N}}', { N: 'x\ty' }, { clean })).toBe('a\tx\\ty');
});

const piece = fc.oneof(
  fc.constantFrom('{{', '}}', '{{-', '-}}', '.', '$x', ':=', '=', '|', '(', ')', ',', '"a"', ' '),
  fc.constantFrom('if ', 'else ', 'end', 'range ', 'with ', 'define "d"', 'template "d"', 'block'),
  fc.constantFrom('printf ', 'index ', 'eq ', 'len ', 'slice ', '1', '2.5', "'c'", '`r`', 'nil'),
  fc.string({ maxLength: 4 }),
);

test('any text gives output or a TemplateError', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        expect(typeof run(pieces.join(''), { a: 1 })).toBe('string');
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(TemplateError);
      }
    }),
    { numRuns: 2000 },
  );
});

test('text without actions is printed as it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!text.includes('{{'));
      expect(run(text)).toBe(text);
    }),
  );
});

test('a quoted string literal prints its value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(run(`{{${JSON.stringify(text)}}}`)).toBe(text);
    }),
  );
});

test('%q of a string reads back to the same string', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const quoted = run('{{printf "%q" .T}}', { T: text });
      expect(run(`{{${quoted}}}`)).toBe(text.toWellFormed());
    }),
  );
});
