/** Budgets for untrusted documents. Where Docker or containerd have a limit of their own it is no smaller here than theirs, unless said. */

/** Bytes of a manifest, an index or a config. */
export const maxDocumentBytes = 4 * 1024 * 1024;

/** Layers of an image; Docker's own limit is 127 on a base. */
export const maxLayers = 128;

/** Manifests in an index. */
export const maxIndexEntries = 1000;

/** An index may point to an index, which may not. */
export const maxIndexDepth = 2;

/** Entries of one map of annotations or labels. */
export const maxAnnotations = 1000;

/** Characters of one annotation's or label's key or value. */
export const maxAnnotationLength = 64 * 1024;

/** URLs that a descriptor may carry (they are never followed by default). */
export const maxUrls = 16;

/** History entries, empty layers included. */
export const maxHistory = 4096;

/** Entries of an environment. */
export const maxEnvEntries = 4096;

/** Bytes of one argument or environment entry: the kernel's MAX_ARG_STRLEN (execve(2)). */
export const maxArgumentLength = 128 * 1024 - 1;

/** Arguments of an entrypoint or command. */
export const maxArguments = 4096;

/** Bytes of a path with its end: PATH_MAX. */
export const maxContainerPath = 4095;

/** Keys of ExposedPorts; an EXPOSE of a range is written as one key per port. */
export const maxExposedPorts = 65_536;

export const maxVolumes = 256;

/** Characters of short fields: os, architecture, variant, media type. */
export const maxWordLength = 255;

/** Characters of author, comment, created_by. */
export const maxProseLength = 1024 * 1024;
