import { Bug } from '../foundation/failure.ts';
import { holds } from '../catalog/condition.ts';
import type { Condition, InputValue, ListItem, OptionValue } from '../catalog/model.ts';
import type { ResolvedPackage } from './resolution.ts';

type Scope = 'option' | 'arch' | 'recipe';
const PLACEHOLDER = /\{\{\s*(option|arch|recipe)\.([A-Za-z0-9_-]+)\s*\}\}/g;
const ONLY_PLACEHOLDER = /^\{\{\s*(option|arch|recipe)\.([A-Za-z0-9_-]+)\s*\}\}$/;

/** Fills placeholders of `with` values for one package, and remembers which options were read. */
export class Interpolation {
  readonly #chosen: ResolvedPackage;
  readonly #facts: Readonly<Record<string, string>>;
  readonly #read = new Set<string>();

  constructor(chosen: ResolvedPackage, facts: Readonly<Record<string, string>>) {
    this.#chosen = chosen;
    this.#facts = facts;
  }

  /** A second one for the same package that has read nothing yet. */
  fork(): Interpolation { return new Interpolation(this.#chosen, this.#facts); }
  join(other: Interpolation): void { for (const name of other.#read) this.#read.add(name); }

  optionNames(): string[] { return Object.keys(this.#chosen.options).toSorted(); }

  optionsRead(): Record<string, OptionValue> {
    return Object.fromEntries([...this.#read].toSorted().map((name) => [name, this.#chosen.options[name]!]));
  }

  option(name: string): OptionValue {
    this.#read.add(name);
    const value = this.#chosen.options[name];
    if (value === undefined) throw new Bug(`recipe ${this.#chosen.recipe.name} reads the option ${name}, which has no value here`);
    return value;
  }

  /** False for an option whose own condition does not hold here. */
  holds(condition: Condition): boolean {
    const { options } = this.#chosen;
    if (Object.hasOwn(options, condition.option)) this.#read.add(condition.option);
    return holds(condition, options);
  }

  text(template: string): string {
    return template.replaceAll(PLACEHOLDER, (_whole, scope: Scope, name: string) => this.#asText(this.#value(scope, name)));
  }

  /** A string that is one placeholder takes the option's value with its type. */
  value(value: InputValue): InputValue {
    if (typeof value !== 'string') return value;
    const [, scope, name] = ONLY_PLACEHOLDER.exec(value) ?? [];
    return scope === undefined ? this.text(value) : this.#value(scope as Scope, name!);
  }

  list(items: readonly ListItem[]): string[] {
    const plain = items.flatMap((item) => typeof item === 'string' ? [item] : this.holds(item.when) ? item.then : item.else);
    return plain.flatMap((item) => {
      const value = this.value(item);
      return Array.isArray(value) ? value as string[] : [typeof value === 'string' ? value : this.#asText(value as OptionValue)];
    });
  }

  #value(scope: Scope, name: string): OptionValue {
    const value = scope === 'option' ? this.option(name) : scope === 'arch' ? this.#facts[name]
      : name === 'version' ? this.#chosen.recipe.version : name === 'name' ? this.#chosen.recipe.name : undefined;
    if (value === undefined) throw new Bug(`recipe ${this.#chosen.recipe.name}: {{${scope}.${name}}} is not known`);
    return value;
  }

  #asText(value: OptionValue): string {
    if (Array.isArray(value)) return value.join(' ');
    if (typeof value === 'object') throw new Bug(`recipe ${this.#chosen.recipe.name}: a set of kernel options cannot stand inside a text`);
    return String(value);
  }
}
