import type { Sha256 } from '../foundation/digest.ts';
import { compareText } from '../foundation/order.ts';
import type { Component } from '../inventory/inventory.ts';
import type { LicenseCategory } from '../licensing/license-category.ts';
import type { Obligation } from '../licensing/obligations.ts';
import { parseExpression } from '../licensing/parse-expression.ts';
import { mayBePassedOn } from '../licensing/pass-on.ts';
import type { LicenseUsage } from '../licensing/policy.ts';
import type { LicenseText, LicenseTexts } from './license-texts.ts';
import type { TextIdentities } from './text-identity.ts';

/** What of notice and source bundle fulfils an obligation for one package. */
export interface Fulfilment {
  package: string;
  by:
    /** A text in the notice. */
    | 'notice-text'
    /** An archive in the source bundle. */
    | 'bundle-source'
    /** A patch in the source bundle, with where it comes from. */
    | 'bundle-patch'
    /** The recipe's folder in the source bundle, which holds the package's own files. */
    | 'bundle-recipe'
    /** Nothing was changed, so there is nothing to say. */
    | 'unmodified';
  /** Path in the sources, or name of the file. */
  path?: string;
  sha256?: Sha256;
  /** Of a text that may hold the license among others, which nobody has looked up. */
  unsure?: true;
}

export interface OpenObligation { package: string; reason: string }

/** An obligation with what fulfils it; where something is open, people have to act. */
export interface FulfilledObligation extends Obligation { fulfilledBy: readonly Fulfilment[]; open: readonly OpenObligation[] }

/** What a package has that obligations can be fulfilled with. */
export interface Means {
  components: ReadonlyMap<string, Component>;
  texts: LicenseTexts;
  identities: TextIdentities;
  categories: Readonly<Record<string, LicenseCategory>>;
  /** Statically linked into what, by name of the package. */
  copiedInto: ReadonlyMap<string, readonly NonNullable<LicenseUsage['into']>[]>;
}

type Answer = { fulfilledBy?: readonly Omit<Fulfilment, 'package'>[]; open?: string };

/** In the order of the obligation's packages. */
export function fulfilled(obligation: Obligation, means: Means): FulfilledObligation {
  const answers = obligation.packages.map((name) => ({ name, answers: answersFor(obligation, name, means) }));
  return {
    ...obligation,
    fulfilledBy: answers.flatMap(({ name, answers: all }) => all.flatMap(({ fulfilledBy = [] }) => fulfilledBy.map((one) => ({ package: name, ...one })))),
    open: answers.flatMap(({ name, answers: all }) => all.flatMap(({ open }) => (open === undefined ? [] : [{ package: name, reason: open }]))),
  };
}

function answersFor({ obligation, license }: Obligation, name: string, means: Means): Answer[] {
  switch (obligation) {
    case 'license-text': return [textAnswer(name, license, means, true)];
    case 'copyright-notice': return [textAnswer(name, license, means, false)];
    case 'notice-file': return [noticeFileAnswer(name, means)];
    case 'modification-notice': return [modificationAnswer(name, means)];
    case 'source-code': return [sourceAnswer(name, means)];
    case 'network-source': return [sourceAnswer(name, means), { open: 'whoever runs it must offer the source to those who use it over a network' }];
    case 'relinking': return relinkingAnswers(name, means);
    case 'installation-information': return [{ open: 'for products for consumers: say how a changed version is installed' }];
    case 'advertising-acknowledgement': return [{ open: 'advertising and documentation that mention its features must carry the sentence of the license' }];
  }
}

/** A text that is another license's alone does not count. A text of the list alone will do for what says no more than the list: anybody's. */
function textAnswer(name: string, license: string, { texts, identities, components }: Means, anybodys: boolean): Answer {
  const id = license.split(' WITH ')[0]!;
  const own = (texts.get(name) ?? []).map((text) => ({ text, kinship: identities.kinship(text, id) }));
  const [sure, unsure] = (['sure', 'unsure'] as const).map((wanted) => own.filter(({ kinship }) => kinship === wanted).map(({ text: { path, sha256 } }) => ({ by: 'notice-text' as const, path, sha256, ...(wanted === 'sure' ? {} : { unsure: true as const }) })));
  const borrowed = anybodys ? sameText(id, texts, identities).map(({ path, sha256 }) => ({ by: 'notice-text' as const, path, sha256 })) : [];
  const found = [sure!, unsure!, borrowed].find(({ length }) => length > 0);
  if (found !== undefined) return { fulfilledBy: found };
  const without = (components.get(name)?.sources.length ?? 0) === 0;
  return { open: without ? `it has no sources with a text in them: add the text of ${id} to the notice` : `no text of ${id} was captured from its sources` };
}

/** The smallest digest of any package's text that is the license word for word. */
function sameText(id: string, texts: LicenseTexts, identities: TextIdentities): LicenseText[] {
  const all = [...texts.values()].flat().filter((text) => identities.matches(text)?.[0]?.exact === true && identities.matches(text)![0]!.ids.includes(id));
  return all.toSorted((a, b) => compareText(a.sha256, b.sha256) || compareText(a.path, b.path)).slice(0, 1);
}

function noticeFileAnswer(name: string, { texts, components }: Means): Answer {
  const { sources = [], recipe } = components.get(name) ?? {};
  if (sources.length === 0 && recipe !== undefined) return { fulfilledBy: [{ by: 'bundle-recipe', sha256: recipe.folderDigest }] };
  const notices = (texts.get(name) ?? []).filter(({ path }) => /(^|\/)NOTICE(\.[a-z]+)?$/i.test(path));
  return notices.length > 0 ? { fulfilledBy: notices.map(({ path, sha256 }) => ({ by: 'notice-text', path, sha256 })) } : { open: 'look whether its sources hold a NOTICE file; if so, name it as a license file in the recipe' };
}

function modificationAnswer(name: string, { components }: Means): Answer {
  const patches = components.get(name)?.patches ?? [];
  return { fulfilledBy: patches.length === 0 ? [{ by: 'unmodified' }] : patches.map(({ file, sha256 }) => ({ by: 'bundle-patch', path: file, sha256 })) };
}

function sourceAnswer(name: string, means: Means): Answer {
  const one = means.components.get(name);
  const { sources = [], patches = [], recipe, licenses } = one ?? {};
  const { expression } = parseExpression(licenses?.effective ?? licenses?.concluded ?? '');
  if (expression === undefined || !mayBePassedOn(expression, means.categories)) return { open: 'its source may not be passed on as far as anybody knows, so the source bundle leaves it out' };
  if (sources.length > 0) {
    return { fulfilledBy: [...sources.map(({ file, sha256 }) => ({ by: 'bundle-source' as const, path: file, sha256 })), ...patches.map(({ file, sha256 }) => ({ by: 'bundle-patch' as const, path: file, sha256 }))] };
  }
  return recipe === undefined ? { open: 'its source is a package of the build environment: hand on the archive of that as well' } : { fulfilledBy: [{ by: 'bundle-recipe', sha256: recipe.folderDigest }] };
}

/** Whoever has the sources of the whole can link it anew. */
function relinkingAnswers(name: string, means: Means): Answer[] {
  return (means.copiedInto.get(name) ?? []).map((into) => {
    const { open, fulfilledBy } = sourceAnswer(into.package, means);
    return open === undefined ? { ...(fulfilledBy === undefined ? {} : { fulfilledBy }) } : { open: `${into.package}, which it is linked into, cannot be linked anew: ${open}` };
  });
}
