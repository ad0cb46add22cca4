/** A daemon that the user has given a name. */
export interface StoredContext {
  readonly name: string;
  readonly description: string;
  /** `unix:///path` or `tcp://name:port`. */
  readonly host: string;
  readonly skipTlsVerify: boolean;
  /** PEM texts of ca, cert and key; those that it has. */
  readonly tls: TlsFiles;
}

export const tlsNames = ['ca', 'cert', 'key'] as const;
export type TlsName = (typeof tlsNames)[number];
export type TlsFiles = Readonly<Partial<Record<TlsName, string>>>;

/** What is used when nothing else is said; it is not stored. */
export const defaultContext = 'default';

/** The endpoint of a context's meta.json that is ours. */
export const endpointName = 'wharf';
