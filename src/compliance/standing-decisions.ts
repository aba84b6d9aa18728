import { compareText } from '../foundation/order.ts';
import { licensesOf, type LicenseDecision } from '../inventory/licenses.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { canonicalExpression, canonicalText, formKey } from '../licensing/canonical-expression.ts';
import { compareExpressions } from '../licensing/equalities.ts';
import type { Expression } from '../licensing/expression.ts';
import { standingChoice } from '../licensing/license-choice.ts';
import { expressionOf, parseExpression } from '../licensing/parse-expression.ts';
import type { LicenseChoice } from '../licensing/policy.ts';
import { isLicensed, type PackageBasis } from './package-basis.ts';

/** What a person decided about one package's license, as it is on record. */
export interface DecisionRow {
  id: string;
  /** Which license of a choice is taken; or what the license really is, whatever is declared. */
  kind: 'CHOICE' | 'CONCLUSION';
  package: string;
  /** What was offered, or declared. */
  expression: string;
  decided: string;
  sourceDigest: string;
  licenseTextDigest: string | null;
  reason: string;
  actor: string;
  decidedAt: Date;
  withdrawnAt: Date | null;
}

export interface StandingDecision {
  package: string;
  decision: DecisionRow;
  /** `carried`: made for another version whose license texts were the same. `resurfaced`: it has to be made anew. */
  state: 'holds' | 'carried' | 'resurfaced';
  /** Of what has resurfaced: why. */
  reason?: string;
}

export interface StandingDecisions {
  /** By package and kind; at most one of a kind for a package. */
  decisions: readonly StandingDecision[];
  /** What the facts of an inventory want to know. */
  byPackage: Readonly<Record<string, LicenseDecision>>;
  /** What a policy wants to know: every choice that was not withdrawn, oldest first. */
  choices: readonly LicenseChoice[];
}

/**
 * What still holds of what was decided. A conclusion holds for the very sources and license texts that it was drawn from; a choice also for
 * others, while the same is offered and the license texts are the same. The order of rows and packages does not count.
 */
export function standingDecisions(rows: readonly DecisionRow[], packages: readonly PackageBasis[]): StandingDecisions {
  const kept = rows.filter(({ withdrawnAt }) => withdrawnAt === null).toSorted((a, b) => a.decidedAt.getTime() - b.decidedAt.getTime() || compareText(a.id, b.id));
  const choices = kept.filter(({ kind }) => kind === 'CHOICE').map(choiceOf);
  const conclusions = kept.filter(({ kind }) => kind === 'CONCLUSION');
  const ordered = packages.toSorted((a, b) => compareText(a.name, b.name));
  const told = ordered.map((basis) => {
    const conclusion = standingConclusion(conclusions.filter((row) => row.package === basis.name), basis);
    return { name: basis.name, conclusion, choice: chosenOf(choices, basis, conclusion?.concluded) };
  });
  return {
    decisions: told.flatMap(({ conclusion, choice }) => [choice?.standing ?? [], conclusion?.standing ?? []].flat()),
    byPackage: Object.fromEntries(told.flatMap(({ name, conclusion, choice }) => {
      const decision = { ...(conclusion?.concluded === undefined ? {} : { concluded: conclusion.concluded }), ...(choice?.effective === undefined ? {} : { effective: choice.effective }) };
      return Object.keys(decision).length === 0 ? [] : [[name, decision]];
    })),
    choices,
  };
}

interface RecordedChoice extends LicenseChoice { row: DecisionRow }

function choiceOf(row: DecisionRow): RecordedChoice {
  const { package: name, expression, decided, sourceDigest, licenseTextDigest, actor, reason } = row;
  return { package: name, expression, chosen: decided, sourceDigest, licenseTextDigest: licenseTextDigest ?? undefined, by: actor, reason, row };
}

interface Chosen { standing: StandingDecision; effective?: string }

/** Made of what is concluded; or of what is declared, while what was taken of that is offered by what is concluded too. */
function chosenOf(choices: readonly RecordedChoice[], basis: PackageBasis, concluded: string | undefined): Chosen | undefined {
  const found = chosenAmong(choices, basis, concluded ?? basis.declared);
  if (concluded === undefined || found?.effective !== undefined) return found;
  const earlier = chosenAmong(choices, basis, basis.declared);
  if (earlier?.effective === undefined) return found;
  if (offersAsWell(concluded, earlier.effective)) return earlier;
  return { standing: { ...earlier.standing, state: 'resurfaced', reason: 'it is not one of the licenses that were concluded since' } };
}

function offersAsWell(concluded: string, chosen: string): boolean {
  const [one, other] = [concluded, chosen].map((text) => ({ text, expression: expressionOf(text, 'a decision') }));
  return compareExpressions(one!, other!).firstCovers === true;
}

function chosenAmong(choices: readonly RecordedChoice[], { name, sourceDigest, licenseTextDigest }: PackageBasis, offered: string): Chosen | undefined {
  const { expression } = parseExpression(offered);
  if (expression === undefined) return undefined;
  const found = standingChoice(choices, { package: name, expression: offered, sourceDigest, licenseTextDigest }, expression);
  switch (found.kind) {
    case 'none': return undefined;
    case 'holds': return { standing: { package: name, decision: found.choice.row, state: found.carried ? 'carried' : 'holds' }, effective: canonicalText(found.expression) };
    case 'stale': return { standing: { package: name, decision: found.choice.row, state: 'resurfaced', reason: found.reason } };
  }
}

/** The latest that holds, else the latest. */
function standingConclusion(rows: readonly DecisionRow[], basis: PackageBasis): { standing: StandingDecision; concluded?: string } | undefined {
  const judged = rows.toReversed().map((decision) => ({ decision, reason: whyNotConcluded(decision, basis) }));
  const holding = judged.find(({ reason }) => reason === undefined);
  const shown = holding ?? judged[0];
  if (shown === undefined) return undefined;
  const { decision, reason } = shown;
  return reason === undefined
    ? { standing: { package: basis.name, decision, state: 'holds' }, concluded: canonicalText(parseExpression(decision.decided).expression!) }
    : { standing: { package: basis.name, decision, state: 'resurfaced', reason } };
}

function whyNotConcluded({ expression, decided, sourceDigest, licenseTextDigest }: DecisionRow, basis: PackageBasis): string | undefined {
  if (parseExpression(decided).expression === undefined) return 'what was concluded is no SPDX expression';
  if (!sameDeclared(expression, basis.declared)) return 'another license is declared than when it was concluded';
  if (sourceDigest !== basis.sourceDigest) return 'sources or patches are others than when it was concluded';
  return (licenseTextDigest ?? undefined) === basis.licenseTextDigest ? undefined : 'the license texts are others than when it was concluded';
}

/** A conclusion is also drawn where what is declared cannot be read. */
function sameDeclared(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text): Expression | undefined => parseExpression(text).expression);
  return a === undefined || b === undefined ? one.trim() === other.trim() : formKey(canonicalExpression(a)) === formKey(canonicalExpression(b));
}

/** The inventory as it is under these decisions, whatever was decided when it was made. */
export function decidedInventory(inventory: Inventory, { byPackage }: StandingDecisions): Inventory {
  const components = inventory.components.map((one) => {
    if (!isLicensed(one)) return one;
    const { declared, unreadable = '', files } = one.licenses;
    return { ...one, licenses: licensesOf(declared ?? unreadable, files, byPackage[one.name]) };
  });
  return { ...inventory, components };
}
