import fc from 'fast-check';

import type { Reason } from '../plan/resolution.ts';
import { isAskedFor, neededBy, reasonText } from './reasons.ts';

const name = fc.stringMatching(/^[a-z0-9][a-z0-9+._-]{0,20}$/);
const wanted: fc.Arbitrary<Reason> = fc.oneof(
  fc.constantFrom<Reason>({ kind: 'board' }, { kind: 'configuration' }), fc.constantFrom('toolchain' as const, 'kernel' as const, 'skeleton' as const).map((role): Reason => ({ kind: 'role', role })),
);
const needed: fc.Arbitrary<Reason & { by: string }> = fc.oneof(
  fc.record({ kind: fc.constantFrom('build-need' as const, 'host-need' as const, 'run-need' as const), by: name }),
  fc.record({ kind: fc.constant('kernel-options' as const), by: name, symbols: fc.array(fc.stringMatching(/^CONFIG_[A-Z]{1,8}$/), { minLength: 1, maxLength: 3 }) }),
);

describe('the words of a reason', () => {
  it('tell what was asked for from what another package needs, and name that package', () => {
    fc.assert(fc.property(wanted, (reason) => { expect([isAskedFor(reasonText(reason)), neededBy(reasonText(reason))]).toEqual([true, undefined]); }));
    fc.assert(fc.property(needed, (reason) => { expect([isAskedFor(reasonText(reason)), neededBy(reasonText(reason))]).toEqual([false, reason.by]); }));
  });

  it('tell nothing where they are other words', () => {
    expect([isAskedFor('chosen'), neededBy('chosen')]).toEqual([false, undefined]);
  });
});
