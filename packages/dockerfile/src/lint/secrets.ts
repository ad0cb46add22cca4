/** Words that say that a variable holds a secret. */
const secret: ReadonlySet<string> = new Set(
  'apikey auth credential credentials key password pword passwd secret token'.split(' '),
);

/** Words that say that it does not after all. */
const harmless: ReadonlySet<string> = new Set(['public', 'file', 'version']);

/** Whether a variable's name, cut at its underscores, has a word for a secret and none that takes it back. */
export function looksSecret(name: string): boolean {
  const words = name.toLowerCase().split('_');
  return words.some((word) => secret.has(word)) && !words.some((word) => harmless.has(word));
}
