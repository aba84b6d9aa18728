import { compareText, sortedBy } from '../foundation/order.ts';
import type { EffectiveConfiguration } from '../catalog/effective.ts';
import type { KernelOption, Reason, ResolvedPackage } from './resolution.ts';
import type { Report } from './resolve.ts';

/** Kernel options that shipped packages require, with who requires each; the kernel learns who wants it. */
export function collectKernelOptions(
  packages: ReadonlyMap<string, ResolvedPackage>, effective: EffectiveConfiguration, report: Report,
): { packages: Map<string, ResolvedPackage>; kernelOptions: KernelOption[] } {
  const wanted = new Map<string, Map<string, string[]>>();
  const reasons: Reason[] = [];
  for (const [name, { recipe, shipped }] of packages) {
    const symbols = Object.keys(recipe.kernelOptions).toSorted(compareText);
    if (!shipped || symbols.length === 0) continue;
    for (const symbol of symbols) {
      const values = wanted.get(symbol) ?? new Map<string, string[]>();
      const value = recipe.kernelOptions[symbol]!;
      values.set(value, [...(values.get(value) ?? []), name]);
      wanted.set(symbol, values);
    }
    if (name !== effective.kernel) reasons.push({ kind: 'kernel-options', by: name, symbols });
  }
  const kernelOptions = sortedBy(wanted, ([symbol]) => symbol).map(([symbol, values]) => required(symbol, values, report));
  checkAgainstKernel(kernelOptions, effective, report);
  return { packages: withReasons(packages, effective.kernel, reasons), kernelOptions };
}

/** Never empty: `values` has who requires what. */
function required(symbol: string, values: ReadonlyMap<string, readonly string[]>, report: Report): KernelOption {
  const [first, ...rest] = sortedBy(values, ([value]) => value);
  if (rest.length > 0) {
    const sides = [first!, ...rest].map(([value, by]) => `${by.join(', ')} ${by.length > 1 ? 'require' : 'requires'} ${symbol}=${value}`);
    report('error', ['packages'], 'kernel-option-conflict', sides.join(', but '), 'leave out one of them');
  }
  return { symbol, value: first![0], requiredBy: first![1] };
}

/** What board or configuration set on the kernel itself must not contradict what packages require. */
function checkAgainstKernel(kernelOptions: readonly KernelOption[], { kernel, packages }: EffectiveConfiguration, report: Report): void {
  for (const [option, chosen] of Object.entries(packages[kernel]?.options ?? {})) {
    if (typeof chosen !== 'object' || Array.isArray(chosen)) continue;
    for (const { symbol, value, requiredBy } of kernelOptions) {
      const set = (chosen as Readonly<Record<string, string>>)[symbol];
      if (set === undefined || set === value) continue;
      const by = requiredBy.join(', ');
      report('error', ['packages', kernel, 'options', option, symbol], 'kernel-option-conflict', `${symbol} is set to ${set}, but ${by} ${requiredBy.length > 1 ? 'require' : 'requires'} ${value}`, `set it to ${value}, or leave out ${by}`);
    }
  }
}

function withReasons(packages: ReadonlyMap<string, ResolvedPackage>, kernel: string, reasons: readonly Reason[]): Map<string, ResolvedPackage> {
  return new Map([...packages].map(([name, one]) => [name, name === kernel ? { ...one, reasons: [...one.reasons, ...reasons] } : one]));
}
