import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatRows } from './table.js';
import { alignTabs } from './tabwriter.js';
import { TemplateError } from './template/index.js';
import { clipToWidth, displayWidth } from './width.js';

const rows = [
  { ID: '1a2b3c', Names: 'web', Ports: '', Label: (key: string) => `<${key}>`, Size: () => '1MB' },
  {
    ID: 'ffffffffffff',
    Names: 'db\n\x1b[2Jx',
    Ports: '80/tcp',
    Label: () => '',
    Size: () => '2MB',
  },
];

function list(format: string, over: readonly object[] = rows): string {
  return formatRows({
    format,
    defaultTable: '{{.ID}}\t{{.Ports}}\t{{.Names}}',
    headers: { ID: 'CONTAINER ID', Names: 'NAMES', Ports: 'PORTS', Size: 'SIZE' },
    typeName: '*formatter.ContainerContext',
    rows: over,
  });
}

describe('tables', () => {
  test('the default table has a header and three spaces between columns', () => {
    const wanted = [
      'CONTAINER ID   PORTS     NAMES',
      '1a2b3c                   web',
      'ffffffffffff   80/tcp    db\\n\\x1b[2Jx',
      '',
    ].join('\n');
    expect(list('')).toBe(wanted);
    expect(list('table')).toBe(wanted);
  });

  test('a table of one’s own has the titles of its fields; functions leave them alone', () => {
    expect(list('table {{upper .Names}}\\t{{.ID}}', rows.slice(0, 1))).toBe(
      'NAMES     CONTAINER ID\nWEB       1a2b3c\n',
    );
    expect(list('table {{.Label "com.x.my-key"}}\\t{{.Size}}', rows.slice(0, 1))).toBe(
      'my key           SIZE\n<com.x.my-key>   1MB\n',
    );
  });

  test('a table without rows is its header', () => {
    expect(list('', [])).toBe('CONTAINER ID   PORTS     NAMES\n');
    expect(list('{{.ID}}', [])).toBe('');
  });

  test('wide and combining characters keep the columns straight', () => {
    const over = [
      { ID: '日本', Names: 'a', Ports: '' },
      { ID: 'e\u0301', Names: 'b', Ports: '' },
    ];
    expect(list('table {{.ID}}\\t{{.Names}}', over)).toBe(
      'CONTAINER ID   NAMES\n日本           a\ne\u0301              b\n',
    );
  });
});

describe('other formats', () => {
  test('json has an object per line, with fields worked out and no functions', () => {
    expect(list('json', rows.slice(0, 1))).toBe(
      '{"ID":"1a2b3c","Names":"web","Ports":"","Size":"1MB"}\n',
    );
  });

  test('a template is printed for each row; control characters of the data are escaped', () => {
    expect(list('{{.ID}}\\t{{.Names}}')).toBe('1a2b3c\tweb\nffffffffffff\tdb\n\\x1b[2Jx\n');
  });

  test('an unknown field is an error that names the row type', () => {
    expect(() => list('{{.Foo}}')).toThrow(
      `at <.Foo>: can't evaluate field Foo in type *formatter.ContainerContext`,
    );
    expect(() => list('table {{.Foo}}')).toThrow(TemplateError);
  });
});

describe('alignTabs', () => {
  test('a column ends with the run of lines that have it', () => {
    expect(alignTabs('a\tb\nx\nlonger-than-ten\tc\n')).toBe(
      'a         b\nx\nlonger-than-ten   c\n',
    );
  });

  test('the cells come back in order, and columns of a run begin at one place', () => {
    const cell = fc.stringMatching(/^[a-z]{1,12}$/);
    const line = fc.array(cell, { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (lines) => {
        const aligned = alignTabs(lines.map((cells) => cells.join('\t')).join('\n')).split('\n');
        expect(aligned.map((text) => text.split(/ +/))).toEqual(lines);
        const starts = aligned.map((text) => / [a-z]/.exec(text)?.index);
        expect(new Set(starts).size).toBe(1);
      }),
    );
  });
});

describe('widths', () => {
  test('wide characters take two columns, combining ones none', () => {
    expect(displayWidth('abc')).toBe(3);
    expect(displayWidth('日本')).toBe(4);
    expect(displayWidth('e\u0301')).toBe(1);
    expect(displayWidth('🚢')).toBe(2);
  });

  test('a clipped text fits and is a beginning of the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, columns) => {
        const clipped = clipToWidth(text, columns);
        expect(displayWidth(clipped)).toBeLessThanOrEqual(columns);
        expect(text.startsWith(clipped.replace(/…$/, ''))).toBe(true);
      }),
    );
  });
});
