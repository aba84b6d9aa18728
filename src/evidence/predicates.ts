/** What our statements are called; the documents behind the addresses are docs/slsa.md and the study, B.2 and C.3. */
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1';
export const REBUILD_TYPE = 'https://provenroot.dev/rebuild/v1';
export const RELEASE_TYPE = 'https://provenroot.dev/release/v1';
export const SUMMARY_TYPE = 'https://slsa.dev/verification_summary/v1';

/** Fixes what the parameters of a provenance mean. */
export const BUILD_TYPE = 'https://provenroot.dev/build-types/image/v1';
/** Whose word a provenance is: containers of the pinned sandbox, signed apart from them. */
export const BUILDER_ID = 'https://provenroot.dev/builders/container@v1';
