import { sortedEntries } from '../foundation/order.ts';
import type { InventorySource } from '../inventory/inventory.ts';
import { productOf } from './document.ts';
import { defined } from './facts.ts';
import type { PlainFields } from './json-stream.ts';
import { element, iri, spdx3Hashes, type Spdx3Context } from './spdx3-element.ts';

const BUILD_TYPE = 'https://provenroot.dev/build-types/image/v1';

/** One package a source archive, and which component each became. */
export function* spdx3Sources(context: Spdx3Context): Generator<PlainFields> {
  const { inventory: { components }, namespace } = context;
  const sources = new Map<string, InventorySource>(components.flatMap(({ sources: own }) => own.map((source) => [source.sha256, source] as const)));
  for (const [digest, { file, urls, origin, debianPool }] of sources) {
    const more = [...urls.slice(1), ...(debianPool === undefined ? [] : [debianPool])];
    yield element(context, `source:${digest}`, 'software_Package', defined({
      name: file, software_primaryPurpose: 'source', software_downloadLocation: urls[0], verifiedUsing: spdx3Hashes({ sha256: digest }), comment: origin,
      externalRef: more.length === 0 ? undefined : [{ type: 'ExternalRef', externalRefType: 'sourceArtifact', locator: more }],
    }));
    const made = components.filter(({ sources: own }) => own.some((source) => source.sha256 === digest)).map(({ ref }) => iri(namespace, ref));
    yield element(context, `generated-from-source:${digest}`, 'Relationship', { relationshipType: 'generates', from: iri(namespace, `source:${digest}`), to: made });
  }
}

/** Build profile: what was configured, what went in, what came out. No times: they are of the run, not of the definition. */
export function* spdx3Build(context: Spdx3Context): Generator<PlainFields> {
  const { inventory: { build, components, sandbox }, inventory, namespace } = context;
  const parameters = { architecture: build.architecture, board: build.board, sandbox: sandbox.digest, tuning: build.tuning, ...Object.fromEntries(Object.entries(build.versions).map(([name, version]) => [`version of ${name}`, version])) };
  yield element(context, 'build', 'build_Build', {
    build_buildType: BUILD_TYPE, build_buildId: build.definitionDigest, build_configSourceDigest: [{ type: 'Hash', algorithm: 'sha256', hashValue: build.configurationDigest }],
    build_parameter: sortedEntries(parameters).map(([key, value]) => ({ type: 'DictionaryEntry', key, value })),
  });
  const sources = [...new Set(components.flatMap(({ sources: own }) => own.map(({ sha256 }) => sha256)))].map((digest) => iri(namespace, `source:${digest}`));
  const images = components.filter(({ kind }) => kind === 'image').map(({ ref }) => iri(namespace, ref));
  if (sources.length > 0) yield buildRelation(context, 'hasInput', sources);
  yield buildRelation(context, 'hasOutput', [iri(namespace, productOf(inventory).ref), ...images]);
  if (sandbox.packages.length > 0) yield buildRelation(context, 'usesTool', sandbox.packages.map(({ ref }) => iri(namespace, ref)));
}

function buildRelation(context: Spdx3Context, relationshipType: string, to: string[]): PlainFields {
  return element(context, `build-${relationshipType}`, 'LifecycleScopedRelationship', { relationshipType, scope: 'build', from: iri(context.namespace, 'build'), to });
}
