import { ar, tar } from './archives.ts';
import { clock, dayName, decimal, monthName, sortedFor, two, type Build } from './build.ts';
import type { Draw } from './draw.ts';
import { program, X86 } from './programs.ts';
import { family, shape } from './shape.ts';
import { gzip } from './times.ts';

const EXAMPLES = 'GIMP README Zlib apt bash Cairo dbus_glib dbus Expat _private fontconfig gTk-doc Xorg xauth zsh libc6 LibreSSL lib_b lib-a Makefile'.split(' ');
const names = (draw: Draw): string[] => [...draw.some(9, EXAMPLES), ...Array.from({ length: 4 }, (_, i) => `${draw.often(50) ? draw.word().toUpperCase() : draw.word()}-${i}`)];
const wordsDate = (build: Build): string => (build.locale.name === 'C' ? `${dayName(build)}, ${clock(build).day} ${monthName(build)} ${clock(build).year}` : `${dayName(build)}, ${clock(build).day}. ${monthName(build)} ${clock(build).year}`);
const quoted = (build: Build, word: string): string => (build.locale.charset === 'UTF-8' ? `‘${word}’` : `'${word}'`);

export const LANGUAGES = family('locale', [
  shape('sorted list of packages', 'usr/share/tool/packages.list', (build, draw) => sortedFor(build, names(draw)).map((name) => `${name}\n`).join('')),
  shape('index of a manual', 'usr/share/doc/tool/index.html', (build, draw) => `<ul>\n${sortedFor(build, names(draw)).map((name) => `<li><a href="${name}.html">${name}</a></li>\n`).join('')}</ul>\n`),
  shape('exported symbols', 'usr/lib/tool/exports.map', (build, draw) => `V1 {\n  global:\n${sortedFor(build, Array.from({ length: 9 }, (_, i) => `${draw.often(40) ? '_' : ''}${draw.often(40) ? draw.word().toUpperCase() : draw.word()}_${draw.word()}${i}`)).map((name) => `    ${name};\n`).join('')}  local: *;\n};\n`),
  shape('members as a shell sorts them', 'usr/share/tool/all.tar', (build, draw) => { const contents = new Map(names(draw).map((name) => [name, draw.prose(2)])); return tar(sortedFor(build, [...contents.keys()]).map((name) => ({ name, content: contents.get(name)! }))); }),
  shape('objects as a wildcard sorts them', 'usr/lib/liball.a', (build, draw) => { const contents = new Map(draw.some(6, EXAMPLES).map((name) => [`${name}.o`, draw.code(60)])); return ar(sortedFor(build, [...contents.keys()]).map((name) => ({ name, content: contents.get(name)! }))); }),
  shape('date in words', 'usr/share/doc/tool/built.txt', (build, draw) => `${draw.prose(2)}${build.locale.built}: ${wordsDate(build)}\n${draw.prose(3)}`),
  shape('month in words', 'usr/share/man/man1/local.1', (build, draw) => `.TH ${draw.word().toUpperCase()} 1 "${monthName(build)} ${clock(build).year}" "${draw.version()}"\n.SH NAME\n${draw.prose(9)}`),
  shape('date in a program', 'usr/bin/local', (build, draw) => program(X86, { text: draw.code(400), readOnly: `${draw.sentence()}\0${clock(build).day}. ${monthName(build)} ${clock(build).year}\0` })),
  shape('numbers of a report', 'usr/share/tool/sizes.txt', (build, draw) => Array.from({ length: 6 }, () => `${draw.word()}: ${decimal(build, draw.below(100_000) / 100)} MB\n`).join('')),
  shape('numbers in a drawing', 'usr/share/icons/graph.svg', (build, draw) => `<svg width="100" height="100">\n${Array.from({ length: 5 }, () => `<rect x="${decimal(build, draw.below(9999) / 100)}" y="${decimal(build, draw.below(9999) / 100)}"/>\n`).join('')}</svg>\n`),
  shape('quotes of a compiler', 'usr/share/tool/warnings.txt', (build, draw) => Array.from({ length: 4 }, () => `${draw.word()}.c:${draw.below(900)}: warning: unused variable ${quoted(build, draw.word())}\n`).join('')),
  shape('character set of a page', 'usr/share/doc/api/set.html', (build, draw) => `<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html; charset=${build.locale.charset}">\n</head>\n<p>${draw.prose(4)}</p>\n</html>\n`),
  shape('name of the locale', 'usr/share/tool/environment.txt', (build, draw) => `NAME=${draw.word()}\nLANG=${build.locale.name}\nLC_COLLATE=${build.locale.name}\nVERSION=${draw.version()}\n`),
  shape('date in figures', 'usr/share/doc/tool/RELEASE', (build, draw) => { const { year, month, day } = clock(build); return `${draw.word()} ${draw.version()} (${build.locale.name === 'C' ? `${two(month + 1)}/${two(day)}/${year}` : `${two(day)}.${two(month + 1)}.${year}`})\n${draw.prose(3)}`; }),
  shape('packed list', 'usr/share/doc/tool/files.gz', (build, draw) => gzip(build.body(Buffer.from(sortedFor(build, names(draw)).map((name) => `usr/share/${name}\n`).join(''))))),
  shape('hyphens of a formatted page', 'usr/share/man/cat1/tool.1', (build, draw) => `NAME\n       ${draw.word()} ${build.locale.charset === 'UTF-8' ? '‐' : '-'} ${draw.sentence()}\n\nOPTIONS\n       ${build.locale.charset === 'UTF-8' ? '•' : 'o'} ${draw.sentence()}\n${draw.prose(4)}`),
]);
