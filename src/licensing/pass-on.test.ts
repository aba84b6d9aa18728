import { mayBePassedOn } from './pass-on.ts';
import { expressionOf } from './parse-expression.ts';

it.each<[string, boolean]>([
  ['MIT', true], ['GPL-2.0-only WITH Linux-syscall-note', true], ['LicenseRef-own', true], ['LicenseRef-eula', false], ['LicenseRef-unheard-of', false], ['NOASSERTION', false], ['NONE', false],
  ['BUSL-1.1', false], ['MIT OR LicenseRef-eula', true], ['MIT AND LicenseRef-eula', false], ['MIT AND (LicenseRef-eula OR ISC)', true], ['NOASSERTION AND MIT', false],
])('the source of what is under %s may be passed on: %s', (text, may) => {
  expect(mayBePassedOn(expressionOf(text, 'a test'), { 'LicenseRef-eula': 'proprietary', 'LicenseRef-own': 'permissive' })).toBe(may);
});
