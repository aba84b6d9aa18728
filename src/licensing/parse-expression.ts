import { Failure } from '../foundation/failure.ts';
import type { Expression, LicenseWith } from './expression.ts';
import { quotedWord, type ExpressionProblem } from './expression-problem.ts';
import { LICENSE_LIST, type LicenseList } from './license-list.ts';
import { readAddition, readSimple } from './parse-leaf.ts';
import { tokenize, type Token } from './tokens.ts';

/** Longer texts and deeper nesting are not read: the text may come from anybody's document. */
const MAX_LENGTH = 16_384;
const MAX_DEPTH = 64;

export type ParsedExpression =
  | { expression: Expression; problems: readonly [] }
  | { expression: undefined; problems: readonly [ExpressionProblem, ...ExpressionProblem[]] };

/**
 * Reads a license expression after SPDX 3.0.1; `NONE` and `NOASSERTION` stand alone or beside AND, as 3.1 says.
 * Tells every unknown id, and the first error of structure.
 */
export function parseExpression(text: string, list: LicenseList = LICENSE_LIST): ParsedExpression {
  const problems: ExpressionProblem[] = [];
  let expression: Expression | undefined;
  try {
    expression = new Parser(text, list, problems).parse();
  } catch (error) {
    if (!(error instanceof Structure)) throw error;
    problems.push(error.problem);
  }
  const [first, ...others] = problems;
  if (first !== undefined) return { expression: undefined, problems: [first, ...others] };
  return { expression: expression!, problems: [] };
}

/** `place` names where the text stands. */
export function expressionOf(text: string, place: string, list?: LicenseList): Expression {
  const { expression, problems } = parseExpression(text, list);
  if (expression !== undefined) return expression;
  const [{ message, suggestion }] = problems;
  throw new Failure('LICENSING.BAD_EXPRESSION', `${place}: ${message}`, {
    place, details: { text, problems }, ...(suggestion === undefined ? {} : { hint: `Did you mean \`${suggestion}\`?` }),
  });
}

/** Ends the reading; never leaves this file. */
class Structure extends Failure {
  readonly problem: ExpressionProblem;

  constructor(rule: ExpressionProblem['rule'], at: number, length: number, message: string, suggestion?: string) {
    super('LICENSING.BAD_EXPRESSION', message);
    this.problem = { rule, at, length, message, ...(suggestion === undefined ? {} : { suggestion }) };
  }
}

const UNKNOWN: Expression = { kind: 'special', id: 'NOASSERTION' };

class Parser {
  readonly #text: string;
  readonly #list: LicenseList;
  readonly #problems: ExpressionProblem[];
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string, list: LicenseList, problems: ExpressionProblem[]) {
    this.#text = text;
    this.#list = list;
    this.#problems = problems;
    if (text.length > MAX_LENGTH) throw new Structure('too-long', MAX_LENGTH, text.length - MAX_LENGTH, `an expression has at most ${MAX_LENGTH} characters, not ${text.length}`);
    const lineBreak = text.trim().search(/[\r\n]/);
    if (lineBreak >= 0) throw new Structure('line-break', text.length - text.trimStart().length + lineBreak, 1, 'an expression stands on one line');
    this.#tokens = tokenize(text);
  }

  parse(): Expression {
    if (this.#tokens.length === 0) throw new Structure('empty', 0, this.#text.length, 'there is no license in it');
    const expression = this.#or();
    const rest = this.#peek();
    if (rest !== undefined) throw this.#atOperator(rest);
    return expression;
  }

  #or(): Expression {
    const operands = this.#operands('OR', () => this.#and());
    if (operands.length === 1) return operands[0]!;
    return { kind: 'or', operands };
  }

  #and(): Expression {
    const operands = this.#operands('AND', () => this.#operand());
    return operands.length === 1 ? operands[0]! : { kind: 'and', operands };
  }

  #operands(operator: 'AND' | 'OR', read: () => Expression): Expression[] {
    const first = this.#peek();
    const operands = [read()];
    const starts = [first];
    while (this.#takeOperator(operator)) {
      starts.push(this.#peek());
      operands.push(read());
    }
    if (operator === 'OR' && operands.length > 1) this.#refuseSpecial(operands, starts);
    return operands;
  }

  #refuseSpecial(operands: readonly Expression[], starts: readonly (Token | undefined)[]): void {
    const index = operands.findIndex((operand) => operand.kind === 'special' && operand !== UNKNOWN);
    if (index < 0) return;
    const { at, text } = starts[index]!;
    this.#problems.push({ rule: 'special-combined', at, length: text.length, message: 'NONE and NOASSERTION are no choice: they stand alone or beside AND' });
  }

  #operand(): Expression {
    const token = this.#peek();
    if (token === undefined) throw new Structure('expected-license', this.#text.length, 0, 'it ends where a license is expected');
    if (token.kind === 'open') return this.#parenthesized(token);
    if (token.kind === 'close' || operatorOf(token) !== undefined) {
      throw new Structure('expected-license', token.at, token.text.length, `${quotedWord(token.text)} stands where a license is expected`);
    }
    this.#next += 1;
    return this.#simpleWith(token);
  }

  #parenthesized(open: Token): Expression {
    this.#next += 1;
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new Structure('too-deep', open.at, 1, `parentheses are nested deeper than ${MAX_DEPTH}`);
    const expression = this.#or();
    const close = this.#peek();
    if (close === undefined) throw new Structure('parentheses', open.at, 1, 'it lacks a closing parenthesis');
    if (close.kind !== 'close') throw this.#atOperator(close);
    this.#next += 1;
    this.#depth -= 1;
    const after = this.#peek();
    if (after !== undefined && after.text.toUpperCase() === 'WITH') throw new Structure('with-on-compound', after.at, 4, 'WITH stands after one license, not after parentheses');
    return expression;
  }

  #simpleWith(token: Token): Expression {
    const read = readSimple(token, this.#list);
    if ('problem' in read) this.#problems.push(read.problem);
    if (!this.#takeOperator('WITH')) return 'value' in read ? read.value : UNKNOWN;
    const addition = this.#addition();
    if (!('value' in read) || addition === undefined) return UNKNOWN;
    if (read.value.kind === 'special') {
      throw new Structure('special-combined', token.at, token.text.length, `${read.value.id} takes no exception`);
    }
    return { kind: 'with', license: read.value, addition };
  }

  #addition(): LicenseWith['addition'] | undefined {
    const token = this.#peek();
    if (token === undefined || token.kind !== 'word' || operatorOf(token) !== undefined) {
      throw new Structure('expected-addition', token?.at ?? this.#text.length, token?.text.length ?? 0, 'after WITH stands an exception');
    }
    this.#next += 1;
    const read = readAddition(token, this.#list);
    if ('value' in read) return read.value;
    this.#problems.push(read.problem);
    return undefined;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #takeOperator(operator: 'AND' | 'OR' | 'WITH'): boolean {
    const token = this.#peek();
    if (token === undefined || operatorOf(token) !== operator) return false;
    if (!token.spaced) throw new Structure('operator-space', token.at, token.text.length, `${operator} needs a space on either side`);
    this.#next += 1;
    return true;
  }

  #atOperator({ kind, text, at }: Token): Structure {
    if (kind === 'close') return new Structure('parentheses', at, 1, 'a parenthesis closes that was not opened');
    const upper = text.toUpperCase();
    if (upper === 'AND' || upper === 'OR' || upper === 'WITH') return new Structure('operator-case', at, text.length, `${quotedWord(text)}: operators are all upper case or all lower case`, upper);
    return new Structure('expected-operator', at, text.length, `${quotedWord(text)} stands where AND, OR or WITH is expected`);
  }
}

/** Operators are matched with their case: all upper or all lower. */
function operatorOf({ kind, text }: Token): 'AND' | 'OR' | 'WITH' | undefined {
  if (kind !== 'word') return undefined;
  const upper = text.toUpperCase();
  return (upper === 'AND' || upper === 'OR' || upper === 'WITH') && (text === upper || text === upper.toLowerCase()) ? upper : undefined;
}
