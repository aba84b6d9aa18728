import { basesOf } from '../compliance/package-basis.ts';
import { standingDecisions } from '../compliance/standing-decisions.ts';
import { Failure } from '../foundation/failure.ts';
import { expressionOf } from '../licensing/parse-expression.ts';
import { canonicalText } from '../licensing/canonical-expression.ts';
import type { DecideLicense } from './actions.ts';
import { recipesIn, resolutionOfBuild } from './document-build.ts';
import { licenseTextsOf } from './license-texts.ts';
import { recordedInventory } from './recorded-inventory.ts';
import type { Workshop } from './workshop.ts';

/** Behind every id. */
const NEWEST = '~';

/**
 * Puts a decision about a package's license on record, with the sources and texts of this build as what it is about.
 * Throws LICENSING.BAD_EXPRESSION, ACTIONS.UNKNOWN_PACKAGE, ACTIONS.NOT_OFFERED.
 */
export async function decideLicense({ buildId, package: name, kind, decided, reason, by }: DecideLicense, workshop: Workshop): Promise<{ decisionId: string }> {
  const expression = expressionOf(decided, 'decided');
  const inventory = await recordedInventory(buildId, workshop);
  const texts = await licenseTextsOf(recipesIn(await resolutionOfBuild(buildId, workshop)), workshop);
  const bases = [...basesOf(inventory, texts).values()];
  const basis = bases.find((one) => one.name === name);
  if (basis === undefined) throw new Failure('ACTIONS.UNKNOWN_PACKAGE', `build ${buildId} has no package ${JSON.stringify(name)}`, { place: 'package', hint: `It has ${bases.map((one) => one.name).toSorted().join(', ')}.` });
  const before = await workshop.records.contents.decisions({ packages: [name] });
  const offered = kind === 'CHOICE' ? standingDecisions(before, [basis]).byPackage[name]?.concluded ?? basis.declared : basis.declared;
  const row = { kind, package: name, expression: offered, decided: canonicalText(expression), sourceDigest: basis.sourceDigest, licenseTextDigest: basis.licenseTextDigest ?? null, reason, actor: by };
  const standing = standingDecisions([...before, { ...row, id: NEWEST, decidedAt: workshop.clock.now(), withdrawnAt: null }], [basis]).decisions.find(({ decision }) => decision.id === NEWEST);
  if (standing === undefined || standing.state === 'resurfaced') {
    throw new Failure('ACTIONS.NOT_OFFERED', `${row.decided} cannot be decided for ${name}, of which ${offered} is said${standing?.reason === undefined ? '' : `: ${standing.reason}`}`, { place: 'decided' });
  }
  const { id } = await workshop.records.contents.recordDecision(row);
  return { decisionId: id };
}
