/** in-toto attestation, statement v1. */
export const statementType = 'https://in-toto.io/Statement/v1';
export const provenanceType = 'https://slsa.dev/provenance/v1';
export const sbomType = 'https://spdx.dev/Document';

/** Names of ours, which need not lead anywhere. */
export const buildType = 'urn:wharf:build:dockerfile:v1';
export const builderId = 'urn:wharf:builder';
export const documentSpace = 'urn:wharf:spdx';

/** As BuildKit stores attestations (its attestation-storage.md). */
export const statementMediaType = 'application/vnd.in-toto+json';
export const predicateAnnotation = 'in-toto.io/predicate-type';
export const attestationType = 'application/vnd.docker.attestation.manifest.v1+json';
