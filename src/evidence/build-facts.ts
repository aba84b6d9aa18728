import type { Source } from '../catalog/model.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { BuildDefinition } from '../plan/definition.ts';

/** Catalog versions by kind and name. */
export type CatalogVersions = Readonly<Record<'recipe' | 'template' | 'board' | 'architecture', Readonly<Record<string, Sha256>>>>;

/**
 * What is on record of one finished build: all that its statement is made of. A plain value; whoever gathers it
 * (actions/build-facts.ts) reads, whoever uses it only computes.
 */
export interface BuildFacts {
  build: {
    id: string;
    /** `build`, or another word for a build that repeats a definition. */
    purpose: string;
    startedAt: Date;
    finishedAt: Date;
    /** Some step gave other outputs than the ones that stand for its action. */
    nondeterministic: boolean;
  };
  definition: BuildDefinition;
  definitionDigest: Sha256;
  request: {
    /** The configuration's name, else the board's. */
    target: string;
    /** Number of the configuration's revision, where there is one. */
    revision: number | null;
    /** Canonical form of what was asked for; its digest is the definition's `configuration`. */
    configuration: unknown;
    /** What every name of the catalog stood for. */
    catalog: CatalogVersions;
    /** Known results were taken. */
    reuse: boolean;
  };
  images: readonly ImageFacts[];
  /** Recipes whose steps are in the definition, by name. */
  recipes: readonly RecipeFacts[];
  /** What the root was made of beside the packages' trees: `users`, `permissions`, `devices` …, each in canonical form. */
  tables: Readonly<Record<string, unknown>>;
  initScripts: readonly { owner: string; name: string; digest: Sha256 }[];
  /** What the sandbox's compiler links into binaries: known by the package that it comes from. */
  runtimeComponents: readonly { name: string; digest: Sha256 }[];
  sandbox: SandboxFacts;
  /** In the order of the plan. */
  steps: readonly StepFacts[];
  /** The newest accepted download of each source, before the build ended. */
  fetches: readonly FetchFacts[];
  builder: BuilderFacts;
  rootTree: Sha256;
  /** Every path of the final root, one JSON object a line: see file-manifest.ts. */
  fileManifest: Uint8Array;
  documents: readonly DocumentFacts[];
}

export interface ImageFacts {
  name: string;
  format: string;
  sha256: Sha256;
  sha512: string;
  sizeBytes: number;
  parameters: Readonly<Record<string, unknown>>;
  writerVersion: string;
  /** Of the same bytes before a compressor that wraps the whole image (gzip): its own subject. */
  uncompressed?: { name: string; sha256: Sha256; sha512: string; sizeBytes: number };
}

export interface RecipeFacts {
  name: string;
  version: string;
  /** As in the recipe: `package`, `toolchain`, `kernel`, `skeleton`. */
  role: string;
  license: string;
  purl?: string;
  /** Files of it are in the root. */
  shipped: boolean;
  sources: readonly Source[];
}

export interface SandboxFacts {
  /** Of the root tree. */
  digest: Sha256;
  lockDigest: Sha256;
  architecture: string;
  /** The lock without its packages. */
  definition: unknown;
  packages: readonly { name: string; version: string; architecture: string; sha256: Sha256; sizeBytes: number; pool: string }[];
}

export interface StepFacts {
  name: string;
  /** `container`, `root`, `image`. */
  kind: string;
  recipe: string | null;
  stage: string | null;
  planKey: Sha256;
  actionKey: Sha256;
  /** `run` here, or `reused`: the execution is an earlier one. */
  outcome: 'run' | 'reused';
  /** Its own execution gave other outputs than those that stand for the action. */
  nondeterministic: boolean;
  /** Output tree by output name: those that the build went on with. */
  outputs: Readonly<Record<string, Sha256>>;
  needs: readonly string[];
  execution: ExecutionFacts | null;
}

export interface ExecutionFacts {
  id: string;
  buildId: string | null;
  startedAt: Date;
  finishedAt: Date;
  cpuMs: number;
  wallMs: number;
  peakMemoryBytes: number;
  /** Versions and machine of whoever ran it. */
  runner: unknown;
  log: { sha256: Sha256; sizeBytes: number } | null;
}

export interface FetchFacts { sha256: Sha256; sizeBytes: number; url: string; fetchedAt: Date; buildId: string | null }

export interface BuilderFacts {
  /** Version of Provenroot. */
  provenroot: string;
  /** `docker`. */
  runner: string;
  node: string;
  cores: number;
  jobs: number;
  /** Of the engine that ran the containers: version, kernel … as text. */
  engine: Readonly<Record<string, string>>;
}

/** A document about the image that another part of Provenroot made: SBOM, license report. */
export interface DocumentFacts {
  /** `bom.cdx.json`, `bom.spdx.json`, `legal-info.tar` … */
  name: string;
  /** `sbom`, `legal-info`. */
  role: string;
  mediaType: string;
  sha256: Sha256;
  sizeBytes: number;
}
