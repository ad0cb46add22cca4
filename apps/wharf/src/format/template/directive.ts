/** One formatting directive of Go's fmt, as `%-10.3s` writes it. */
export interface Directive {
  readonly verb: string;
  readonly width?: number | undefined;
  readonly precision?: number | undefined;
  /** The flags given among `+-# 0`. */
  readonly flags: string;
}
