export interface ImageUser {
  /** Of the container. */
  readonly id: string;
  readonly running: boolean;
}

/** Who uses which image; answered by the containers. */
export interface ImageUse {
  /** The containers made from a manifest. Answers at once. */
  users(manifestDigest: string): readonly ImageUser[];
}
