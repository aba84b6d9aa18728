import { ar, cpio, tar, zip, type Member } from './archives.ts';
import type { Draw } from './draw.ts';
import { program, X86 } from './programs.ts';
import { family, shape } from './shape.ts';
import { gzip } from './times.ts';

const words = (draw: Draw, count = 9): string[] => Array.from({ length: count }, (_, i) => `${draw.word()}${i}`);
const members = (draw: Draw, count = 6): Member[] => words(draw, count).map((name) => ({ name, content: draw.prose(draw.between(2, 8)) }));

export const ORDERS = family('ordering', [
  shape('output of find', 'usr/share/tool/files.list', (build, draw) => build.order(words(draw, 14)).map((word) => `./usr/share/${word}\n`).join('')),
  shape('members of an ar archive', 'usr/lib/libmany.a', (build, draw) => ar(build.order(words(draw, 5).map((name) => ({ name: `${name}.o`, content: draw.code(80) }))))),
  shape('members of a tar', 'usr/share/tool/many.tar', (build, draw) => tar(build.order(members(draw)))),
  shape('members of a zip', 'usr/share/java/many.jar', (build, draw) => zip(build.order(members(draw)))),
  shape('members of a cpio, packed', 'boot/initramfs.gz', (build, draw) => gzip(build.body(cpio(build.order(members(draw)))))),
  shape('keys of JSON, one a line', 'usr/share/tool/options.json', (build, draw) => `{\n${build.order(words(draw)).map((word) => `  "${word}": ${word.length}`).join(',\n')}\n}\n`),
  shape('keys of JSON, on one line', 'usr/share/tool/index.json', (build, draw) => JSON.stringify(Object.fromEntries(build.order(words(draw).map((word) => [word, word.length * 7] as const))))),
  shape('repr of a dictionary', 'usr/lib/python3/table.py', (build, draw) => `# generated\nTABLE = {${build.order(words(draw)).map((word) => `'${word}': ${word.length}`).join(', ')}}\nNAMES = ['${draw.word()}']\n`),
  shape('repr of a set', 'usr/lib/python3/names.py', (build, draw) => `"""${draw.sentence()}"""\n\nKNOWN = {${build.order(words(draw, 7)).map((word) => `'${word}'`).join(', ')}}\n`),
  shape('checksums of files', 'usr/share/tool/md5sums', (build, draw) => build.order(words(draw, 10).map((word) => `${draw.hex(32)}  usr/lib/${word}\n`)).join('')),
  shape('sections of INI', 'usr/share/tool/plugins.ini', (build, draw) => build.order(words(draw, 6).map((word) => `[${word}]\nlibrary=lib${word}.so\nenabled=true\n`)).join('\n')),
  shape('elements of XML', 'usr/share/tool/mime.xml', (build, draw) => `<?xml version="1.0"?>\n<types>\n${build.order(words(draw).map((word) => `  <type name="${word}"><glob pattern="*.${word}"/></type>\n`)).join('')}</types>\n`),
  shape('attributes of XML', 'usr/share/tool/scene.xml', (build, draw) => `<scene>\n${words(draw, 4).map((word) => `  <node ${build.order(['id', 'class', 'style', 'title']).map((key) => `${key}="${word}-${key}"`).join(' ')}/>\n`).join('')}</scene>\n`),
  shape('variable of a Makefile', 'usr/lib/tool/sources.mk', (build, draw) => `NAME = ${draw.word()}\nSOURCES = ${build.order(words(draw).map((word) => `${word}.c`)).join(' ')}\nall: $(SOURCES)\n`),
  shape('Data::Dumper of Perl', 'usr/share/perl5/Table.pm', (build, draw) => `$VAR1 = {\n${build.order(words(draw)).map((word) => `          '${word}' => '${word.length}'`).join(',\n')}\n        };\n`),
  shape('records of a binary table', 'usr/share/tool/cache.bin', (build, draw) => Buffer.concat([Buffer.from('CACH\x01\x00\x00\x00', 'latin1'), ...build.order(words(draw, 12).map((word) => Buffer.concat([Buffer.from(word.padEnd(24, '\0')), draw.bytes(8)])))])),
  shape('paragraphs of a database', 'usr/share/tool/status', (build, draw) => build.order(words(draw, 6).map((word) => `Package: ${word}\nVersion: ${draw.version()}\nDescription: ${draw.sentence()}\n`)).join('\n')),
  shape('texts of a program', 'usr/bin/shuffled', (build, draw) => program(X86, { text: draw.code(400), readOnly: `${build.order(words(draw, 10)).join('\0')}\0` })),
  shape('list of C strings', 'usr/include/names.h', (build, draw) => `static const char *const names[] = {\n${build.order(words(draw, 8)).map((word) => `  "${word}",\n`).join('')}};\n`),
  shape('comma-separated providers', 'usr/share/tool/modules.builtin.csv', (build, draw) => words(draw, 5).map((word) => `${word}: ${build.order(words(draw, 5)).join(',')}\n`).join('')),
]);
