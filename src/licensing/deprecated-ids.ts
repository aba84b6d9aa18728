interface Replacement {
  /** An expression in canonical form. */
  by: string;
  reason: string;
}

const GNU = 'the bare id of a GNU license never said whether later versions are meant; the list has -only and -or-later for it';
const COMPOUND = 'the list has license and exception apart, joined by WITH';

const gnu = (id: string): [string, Replacement][] => [
  [id, { by: `${id}-only`, reason: GNU }],
  [`${id}+`, { by: `${id}-or-later`, reason: GNU }],
];
const joined = (id: string, by: string): [string, Replacement] => [id, { by, reason: COMPOUND }];

/**
 * Ids that the list marks as deprecated and what to write instead. Net-SNMP is missing: it is
 * several texts under one id, has no single successor and stays as it is.
 */
export const DEPRECATED_IDS: ReadonlyMap<string, Replacement> = new Map([
  ...['AGPL-1.0', 'AGPL-3.0', 'GFDL-1.1', 'GFDL-1.2', 'GFDL-1.3', 'GPL-1.0', 'GPL-2.0', 'GPL-3.0', 'LGPL-2.0', 'LGPL-2.1', 'LGPL-3.0'].flatMap(gnu),
  joined('GPL-2.0-with-autoconf-exception', 'GPL-2.0-only WITH Autoconf-exception-2.0'),
  joined('GPL-2.0-with-bison-exception', 'GPL-2.0-only WITH Bison-exception-2.2'),
  joined('GPL-2.0-with-classpath-exception', 'GPL-2.0-only WITH Classpath-exception-2.0'),
  joined('GPL-2.0-with-font-exception', 'GPL-2.0-only WITH Font-exception-2.0'),
  joined('GPL-2.0-with-GCC-exception', 'GPL-2.0-only WITH GCC-exception-2.0'),
  joined('GPL-3.0-with-autoconf-exception', 'GPL-3.0-only WITH Autoconf-exception-3.0'),
  joined('GPL-3.0-with-GCC-exception', 'GPL-3.0-only WITH GCC-exception-3.1'),
  joined('eCos-2.0', 'GPL-2.0-or-later WITH eCos-exception-2.0'),
  joined('wxWindows', 'LGPL-2.0-or-later WITH WxWindows-exception-3.1'),
  ['BSD-2-Clause-FreeBSD', { by: 'BSD-2-Clause-Views', reason: 'the same text under its later id' }],
  ['BSD-2-Clause-NetBSD', { by: 'BSD-2-Clause', reason: 'the same text: only the copyright notice differs' }],
  ['bzip2-1.0.5', { by: 'bzip2-1.0.6', reason: 'the same text: only the version in its title differs' }],
  ['Nunit', { by: 'zlib-acknowledgement', reason: 'the same text under its later id' }],
  ['StandardML-NJ', { by: 'SMLNJ', reason: 'the same text under its later id' }],
]);

/** Exceptions, likewise: ScanCode's LicenseDB has the two as one text. */
export const DEPRECATED_EXCEPTIONS: ReadonlyMap<string, string> = new Map([['Nokia-Qt-exception-1.1', 'Qt-LGPL-exception-1.1']]);
