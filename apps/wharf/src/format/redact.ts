/** Takes what looks like a secret out of a text for people. Works in time linear in its length. */
export function redact(text: string): string {
  return text
    .replaceAll(/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@]{1,1024}@/gi, '$1***@')
    .replaceAll(/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 ***')
    .replaceAll(
      /(?<![/.])\b(password|passwd|secret|token|access_token|refresh_token|identitytoken|registrytoken|auth)(["']?\s{0,4}[=:]\s{0,4}["']?)[^\s"'&,;]{1,4096}/gi,
      '$1$2***',
    )
    .replaceAll(
      /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,16384}?(-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
      '*** private key ***',
    );
}
