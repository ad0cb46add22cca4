/** Kinds of packages, as package URLs name them. */
export type PackageType = 'apk' | 'deb' | 'npm' | 'pypi';

/** A package that is installed in an image. Nothing of it is trusted, but its characters are those that its kind allows. */
export interface InstalledPackage {
  readonly type: PackageType;
  readonly name: string;
  readonly version: string;
  /** Empty where its kind has none. */
  readonly architecture: string;
  /** As it says itself; empty when it does not. */
  readonly license: string;
}

/** A package, one that nobody can read, or a mark that a long part was read in which there is none yet: time for other work. */
export type Finding = InstalledPackage | 'unreadable' | 'reading';

/** What a file says of packages; its bytes as characters (latin1), since what counts is of ASCII. */
export type PackageReader = (text: string) => Iterable<Finding>;

/** The parts of a package, unless they have characters that no such package has. */
export function checked(
  found: Omit<InstalledPackage, 'license'> & { readonly license?: string | undefined },
  grammar: { readonly name: RegExp; readonly version: RegExp },
): InstalledPackage | 'unreadable' {
  const { name, version, license = '' } = found;
  if (name.length > maxText || version.length > maxText) return 'unreadable';
  if (!grammar.name.test(name) || !grammar.version.test(version)) return 'unreadable';
  const architecture = /^[a-z0-9][a-z0-9_-]{0,31}$/.test(found.architecture)
    ? found.architecture
    : '';
  return { ...found, architecture, license: license.length > maxText ? '' : license.trim() };
}

const maxText = 255;
