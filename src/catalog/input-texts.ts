import type { Condition, InputValue, ListItem } from './model.ts';
import type { PlacePath } from './yaml-document.ts';

/** One text inside a value of `with`. */
export interface InputText {
  text: string;
  place: PlacePath;
  /** It is used only where this holds. */
  guard?: Condition;
}

/** Every text of an input's value, with its place below `place`. */
export function inputTexts(value: InputValue, place: PlacePath): InputText[] {
  if (typeof value === 'string') return [{ text: value, place }];
  if (Array.isArray(value)) return (value as readonly ListItem[]).flatMap((item, index) => itemTexts(item, [...place, index]));
  return typeof value === 'object' ? Object.entries(value as Readonly<Record<string, string>>).map(([key, text]) => ({ text, place: [...place, key] })) : [];
}

function itemTexts(item: ListItem, place: PlacePath): InputText[] {
  if (typeof item === 'string') return [{ text: item, place }];
  return [...item.then.map((text) => ({ text, place, guard: item.when })), ...item.else.map((text) => ({ text, place }))];
}

/** The conditions of a list's items, with their places. */
export function inputConditions(value: InputValue, place: PlacePath): { when: Condition; place: PlacePath }[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly ListItem[]).flatMap((item, index) => (typeof item === 'string' ? [] : [{ when: item.when, place: [...place, index] }]));
}
