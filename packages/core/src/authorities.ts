/** Where systems have their bundle of authorities: Debian, Fedora, openSUSE, Alpine. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * PEM of all whom the system trusts; undefined, where it has no bundle, leaves it to the TLS library.
 * @param read the text of a file; fails for one that is not there
 */
export async function systemAuthorities(
  read: (path: string) => Promise<string>,
): Promise<string | undefined> {
  for (const path of systemBundles) {
    const text = await read(path).catch(() => undefined);
    if (text !== undefined) return text;
  }
  return undefined;
}
