/** The identifiers of the SPDX license list that most packages say; others are told as not known. */
const known = new Set(
  `0BSD AFL-2.1 AGPL-3.0-only AGPL-3.0-or-later Apache-2.0 Artistic-2.0 BSD-2-Clause BSD-3-Clause BlueOak-1.0.0 BSL-1.0
  CC-BY-3.0 CC-BY-4.0 CC0-1.0 EPL-2.0 GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later ISC LGPL-2.1-only
  LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later MIT MIT-0 MPL-2.0 PostgreSQL PSF-2.0 Python-2.0 Unicode-3.0 Unlicense
  WTFPL Zlib`.split(/\s+/),
);

/** A license as SPDX has it: an identifier that is known, alternatives or sums of them, or that nobody says. */
export function declaredLicense(text: string): string {
  const words = text.replace(/^\((.*)\)$/, '$1').split(' ');
  const isExpression =
    words.length % 2 === 1 &&
    words.every((word, at) => (at % 2 === 0 ? known.has(word) : word === 'AND' || word === 'OR'));
  return isExpression ? words.join(' ') : 'NOASSERTION';
}
