import fc from 'fast-check';

import type { Expression } from '../../src/licensing/expression.ts';
import { LICENSE_LIST } from '../../src/licensing/license-list.ts';
import { parseExpression } from '../../src/licensing/parse-expression.ts';

/** The value of a text that is known to be an expression. */
export function expression(text: string): Expression {
  const { expression: parsed, problems } = parseExpression(text);
  if (parsed === undefined) throw new TypeError(`${text}: ${problems[0].message}`);
  return parsed;
}

const name = fc.stringMatching(/^[A-Za-z0-9.-]{1,12}$/);
const document = fc.option(name, { nil: undefined });

const license = fc.record({ kind: fc.constant('license' as const), id: fc.constantFrom(...LICENSE_LIST.licenseIds), plus: fc.boolean() })
  // The list has some ids that end with `+`; and `id+` may be one of them.
  .map((leaf) => (leaf.plus && (leaf.id.endsWith('+') || LICENSE_LIST.license(`${leaf.id}+`) !== undefined) ? { ...leaf, plus: false } : leaf));
const licenseRef = fc.record({ kind: fc.constant('license-ref' as const), document, name });
const addition = fc.oneof(
  fc.record({ kind: fc.constant('exception' as const), id: fc.constantFrom(...LICENSE_LIST.exceptionIds) }),
  fc.record({ kind: fc.constant('addition-ref' as const), document, name }),
);
const leaf = fc.oneof({ arbitrary: license, weight: 5 }, licenseRef, fc.record({ kind: fc.constant('with' as const), license: fc.oneof(license, licenseRef), addition }));

/** Over the whole list, as deep as fast-check likes. */
export const anyExpression: fc.Arbitrary<Expression> = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, fc.record({
    kind: fc.constantFrom('and' as const, 'or' as const), operands: fc.array(tie('expression'), { minLength: 2, maxLength: 4 }),
  })),
})).expression;

const ATOMS = ['MIT', 'ISC', 'Zlib', 'X11', 'GPL-2.0-only', 'BSD-3-Clause', 'Apache-2.0', 'GPL-2.0-only WITH Classpath-exception-2.0'];

/** Over at most eight licenses, so that every row of a truth table can be looked at. */
export const smallExpression: fc.Arbitrary<Expression> = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof({ depthSize: 'medium', withCrossShrink: true }, fc.constantFrom(...ATOMS.map(expression)), fc.record({
    kind: fc.constantFrom('and' as const, 'or' as const), operands: fc.array(tie('expression'), { minLength: 2, maxLength: 3 }),
  })),
})).expression;
