import type { LicenseCategory } from './license-category.ts';
import type { Effect, Linkage } from './linkage.ts';

export type Verdict = 'allow' | 'review' | 'deny';

/** All that a rule names must fit; what it leaves out fits always. Of several values one must. Patterns have `*` for any text. */
export interface PolicyRule {
  /** Short and stable: it is what a report refers to. */
  id: string;
  verdict: Verdict;
  /** Patterns over a license as printed, in canonical form: `GPL-3.0-*`, `* WITH Classpath-exception-2.0`. */
  licenses?: readonly string[];
  /** `unknown`: NOASSERTION, and references that nobody has put into a category. */
  categories?: readonly (LicenseCategory | 'unknown')[];
  linkages?: readonly Linkage[];
  effects?: readonly Effect[];
  /** Categories of what it is linked into; fits only where it is linked into something. */
  into?: readonly (LicenseCategory | 'unknown')[];
  /** Patterns over the name of the package. */
  packages?: readonly string[];
  /** Patterns over the component that the license is for (`programs`, `docs`); fits only where one is stated. */
  components?: readonly string[];
  reason: string;
}

/** Lets pass what rules do not, for a while or for ever. */
export interface PolicyException {
  id: string;
  package: string;
  /** A pattern over a license as printed. */
  license: string;
  /** Everywhere, where it is left out. */
  linkages?: readonly Linkage[];
  reason: string;
  /** The last day, `YYYY-MM-DD` in UTC, on which it holds. */
  expires?: string;
}

/** Which license of a choice was taken. It holds while the choice and its license text are the same, through any change of version. */
export interface LicenseChoice {
  package: string;
  /** What was offered. */
  expression: string;
  chosen: string;
  sourceDigest: string;
  /** Over the license files together; undefined where there was none, and then only the same source keeps the choice. */
  licenseTextDigest: string | undefined;
  by: string;
  reason: string;
}

export interface LicensePolicy {
  name: string;
  /** The first that fits decides. */
  rules: readonly PolicyRule[];
  otherwise: Verdict;
  exceptions: readonly PolicyException[];
  choices: readonly LicenseChoice[];
  /** An open choice is for review, though one of its ways is allowed. */
  requireChoice: boolean;
  /** The category of references of one's own, by their text (`LicenseRef-acme-eula`). */
  categories: Readonly<Record<string, LicenseCategory>>;
  /** What holds for findings that are about no license: who reports them weighs them. */
  findings: PolicyFindings;
}

export interface PolicyFindings {
  /** A license text is another than the recipe states. */
  textChanged: Verdict;
  /** A license text that a shipped package names is not in its sources. */
  textMissing: Verdict;
  /** Something is owed that nothing fulfils. */
  obligationOpen: Verdict;
}

/** One license expression at work in one place. */
export interface LicenseUsage {
  package: string;
  /** The component that the expression is for, where the package says so. */
  component: string | undefined;
  expression: string;
  linkage: Linkage;
  /** What it is linked into. */
  into: { package: string; expression: string } | undefined;
  /** From the image down: image, file, package. */
  path: readonly string[];
  sourceDigest: string;
  licenseTextDigest: string | undefined;
}

/** What holds where nobody has written a policy: conflicts of terms are denied, what nobody knows is reviewed, build tools raise nothing. */
export const DEFAULT_POLICY: LicensePolicy = {
  name: 'default',
  rules: [
    { id: 'build-only', verdict: 'allow', linkages: ['build-only'], reason: 'nothing of it is shipped' },
    {
      id: 'copyleft-into-closed', verdict: 'deny', effects: ['whole'], into: ['proprietary', 'non-commercial', 'restricted'],
      reason: 'its terms go for the whole that it is linked into, and the terms of that do not allow it',
    },
    {
      id: 'closed-into-copyleft', verdict: 'deny', categories: ['proprietary', 'non-commercial', 'restricted'], linkages: ['static', 'dynamic', 'kernel-module'], into: ['strong-copyleft', 'network-copyleft'],
      reason: 'the terms of what it is linked into go for the whole, and its own do not allow that',
    },
    { id: 'copyleft-into-unknown', verdict: 'review', effects: ['whole'], into: ['unknown', 'unstated'], reason: 'its terms go for the whole that it is linked into, whose terms nobody knows' },
    { id: 'unknown', verdict: 'review', categories: ['unknown', 'unstated'], reason: 'nobody knows its terms' },
    { id: 'closed', verdict: 'review', categories: ['proprietary', 'non-commercial', 'restricted'], reason: 'whether it may be passed on stands in its own terms' },
  ],
  otherwise: 'allow', exceptions: [], choices: [], requireChoice: false, categories: {}, findings: { textChanged: 'review', textMissing: 'review', obligationOpen: 'allow' },
};
