import type { Component, FileProperties, InventoryFile, SandboxPackage } from '../inventory/inventory.ts';
import { defined } from './facts.ts';
import type { PlainFields } from './json-stream.ts';
import { natureOf, type Nature } from './owned-files.ts';
import { element, spdx3Hashes, type Spdx3Context } from './spdx3-element.ts';

const PURPOSES: Readonly<Record<Nature, string>> = { 'firmware': 'firmware', 'operating-system': 'operatingSystem', 'library': 'library', 'application': 'application', 'data': 'data' };

export function spdx3Component(component: Component, context: Spdx3Context): PlainFields {
  const { ref, name, version, summary, homepage, purls, sources, recipe, properties } = component;
  const hash = context.hashes.get(ref);
  return element(context, ref, 'software_Package', defined({
    name, summary, 'software_packageVersion': version === '' ? undefined : version, 'software_homePage': homepage, 'software_packageUrl': purls[0],
    'software_downloadLocation': sources[0]?.urls[0], 'software_primaryPurpose': PURPOSES[natureOf(component, context.owned)],
    'software_additionalPurpose': purposesOf(properties), 'verifiedUsing': spdx3Hashes(hash?.hashes), 'externalIdentifier': identifiersOf(component),
    'software_sourceInfo': recipe === undefined ? undefined : recipe.reasons.join('; '), 'comment': [...commentOf(component), ...(hash === undefined ? [] : [`hash of: ${hash.of}`])].join('\n'), 'software_copyrightText': 'NOASSERTION',
  }));
}

/** BSI TR-03183-2 v2.1.0, section 8.2: flags are purposes; what can be listed is a container, what can't is firmware. */
function purposesOf(properties: FileProperties | undefined): string[] | undefined {
  if (properties === undefined) return undefined;
  const { executable, archive, structured } = properties;
  return [...(executable ? ['executable'] : []), ...(archive ? ['archive'] : []), structured ? 'container' : 'firmware'];
}

function identifiersOf({ purls, cpe }: Component): PlainFields[] | undefined {
  const identifiers = [
    ...purls.map((purl) => ({ type: 'ExternalIdentifier', externalIdentifierType: 'packageUrl', identifier: purl })),
    ...(cpe === undefined ? [] : [{ type: 'ExternalIdentifier', externalIdentifierType: 'cpe23', identifier: cpe.value, comment: cpe.basis }]),
  ];
  return identifiers.length === 0 ? undefined : identifiers;
}

function commentOf({ kind, contentDigest, originator, patches, licenses: { effective, unreadable } }: Component): string[] {
  return [
    `kind: ${kind}`,
    ...(contentDigest === undefined ? [] : [`content: sha256 ${contentDigest}`]),
    ...(effective === undefined ? [] : [`effective license: ${effective}`]),
    ...(unreadable === undefined ? [] : [`license, not readable as an expression: ${unreadable}`]),
    ...(originator === undefined ? [] : [`originator: ${originator.name} (${originator.basis})`]),
    ...patches.map(({ file, sha256, upstream, origin, cves }, index) => `patch ${index + 1}: ${file}, sha256 ${sha256}, ${upstream}, ${origin}${cves.length === 0 ? '' : `, resolves ${cves.join(' ')}`}`),
  ];
}

export function spdx3SandboxPackage({ ref, name, version, architecture, sha256, purl, pool }: SandboxPackage, context: Spdx3Context): PlainFields {
  return element(context, ref, 'software_Package', {
    name, software_packageVersion: version, software_packageUrl: purl, verifiedUsing: spdx3Hashes({ sha256 }), software_primaryPurpose: 'install', comment: `${architecture}, ${pool}`,
  });
}

export function spdx3File({ ref, path, kind, mode, uid, gid, hashes, target, device, properties, ownership }: InventoryFile, context: Spdx3Context): PlainFields {
  const about = [`${kind} ${mode.toString(8).padStart(4, '0')} ${uid}:${gid}`, ...(target === undefined ? [] : [`to ${target}`]), ...(device === undefined ? [] : [`device ${device.major}:${device.minor}`]), ...(ownership === undefined ? [] : [`${ownership.kind}: ${ownership.reason}`])];
  return element(context, ref, 'software_File', defined({
    name: path, software_fileKind: kind === 'directory' ? 'directory' : 'file', software_primaryPurpose: 'file', software_additionalPurpose: purposesOf(properties),
    verifiedUsing: spdx3Hashes(hashes), comment: about.join('; '),
  }));
}
