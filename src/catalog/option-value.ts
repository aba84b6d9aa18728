import { RE2JS } from 're2js';

import { kernelValue } from './field-schemas.ts';
import { clipped, didYouMeanText, KERNEL_OPTION } from './name.ts';
import type { OptionDeclaration, OptionValue } from './model.ts';
import { present } from './present.ts';

export interface ValueProblem { message: string; suggestion?: string }

type Check = (declaration: OptionDeclaration, value: OptionValue) => ValueProblem | undefined;

const CHECKS: Record<OptionDeclaration['type'], Check> = {
  boolean: (_declaration, value) => (typeof value === 'boolean' ? undefined : expected('true or false', value)),
  integer: checkInteger,
  string: (declaration, value) => (typeof value === 'string' ? checkText(declaration, value) : expected('text', value)),
  enum: checkEnum,
  list: (declaration, value) => (isList(value) ? value.map((item) => checkText(declaration, item)).find((problem) => problem !== undefined) : expected('a list of texts', value)),
  kconfig: checkConfig,
};

/** What keeps `value` from being a value of the option; undefined where nothing does. */
export function optionProblem(declaration: OptionDeclaration, value: OptionValue): ValueProblem | undefined {
  return CHECKS[declaration.type](declaration, value);
}

function checkInteger({ minimum, maximum }: OptionDeclaration, value: OptionValue): ValueProblem | undefined {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return expected('a whole number', value);
  if (minimum !== undefined && value < minimum) return { message: `is ${value}, the smallest allowed is ${minimum}` };
  return maximum !== undefined && value > maximum ? { message: `is ${value}, the largest allowed is ${maximum}` } : undefined;
}

function checkEnum({ values = [] }: OptionDeclaration, value: OptionValue): ValueProblem | undefined {
  if (typeof value === 'string' && values.includes(value)) return undefined;
  const suggestion = typeof value === 'string' ? didYouMeanText(value, values) : undefined;
  return { message: `is ${shown(value)}, allowed are ${values.join(', ')}`, ...present({ suggestion }) };
}

function checkText({ pattern }: OptionDeclaration, value: string): ValueProblem | undefined {
  // Placeholders of `with` are rendered once; a value must not smuggle in a second round, nor a line of a file.
  if (/[\n\0]/.test(value)) return { message: 'holds a line break or a NUL' };
  if (pattern === undefined || compiledPattern(pattern)?.matches(value) === true) return undefined;
  return { message: `is ${shown(value)}, it must match ${clipped(pattern)}` };
}

function checkConfig(_declaration: OptionDeclaration, value: OptionValue): ValueProblem | undefined {
  if (typeof value !== 'object' || isList(value)) return expected('a map of CONFIG_NAME to value', value);
  const bad = Object.keys(value).find((key) => !KERNEL_OPTION.test(key));
  if (bad !== undefined) return { message: `has the key ${clipped(bad)}, keys are spelled CONFIG_NAME` };
  const odd = Object.entries(value).find(([, text]) => !kernelValue.safeParse(text).success);
  return odd === undefined ? undefined : { message: `gives ${odd[0]} the value ${shown(odd[1])}; write y, m, n, a number or text in double quotes, as in a .config` };
}

/** Linear in the text (RE2), so that a hostile recipe's pattern can't hang the server; undefined where it is no pattern. */
export function compiledPattern(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch {
    return undefined;
  }
}

export function isList(value: OptionValue): value is readonly string[] {
  return Array.isArray(value);
}

function expected(what: string, value: OptionValue): ValueProblem {
  return { message: `is ${shown(value)}, it must be ${what}` };
}

function shown(value: OptionValue): string {
  if (typeof value === 'object') return isList(value) ? 'a list' : 'a map';
  return typeof value === 'string' ? JSON.stringify(clipped(value, 64)) : String(value);
}
