import { crc32, gzipSync, zstdCompressSync } from 'node:zlib';

import type { CauseCode } from '../../src/causes/cause-codes.ts';
import { NOTHING_KNOWN, type KnownFacts } from '../../src/causes/cause.ts';
import { craftAr, craftElf, craftUImage, type CraftedElf } from './crafted-content.ts';

/** Two files that differ for one reason, which their maker knows. */
export interface RuleSample { cause: CauseCode; path: string; left: Buffer; right: Buffer; written: readonly [number, number]; known: { left: KnownFacts; right: KnownFacts } }

/** Numbers that are the same for one seed, below `limit`. */
export type Draw = (limit: number) => number;
export function drawFrom(seed: number): Draw {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const WORDS = ['alpha', 'river', 'stone', 'cloud', 'ember', 'north', 'quiet', 'sable', 'tiger', 'umbra', 'vivid', 'woven', 'yield', 'zephyr', 'amber', 'birch'];
const word = (draw: Draw): string => `${WORDS[draw(WORDS.length)]!}${draw(1000)}`;
const bytes = (draw: Draw, length: number): Buffer => Buffer.from(Uint8Array.from({ length }, () => draw(256)));
const prose = (draw: Draw, lines: number): string => Array.from({ length: lines }, () => `${word(draw)} ${word(draw)} ${word(draw)}\n`).join('');
const distinctWords = (draw: Draw): string[] => [...new Set(Array.from({ length: 30 }, (_, i) => `${draw(2) === 0 ? word(draw) : word(draw).toUpperCase()}${i}`))];
const pad = (number: number): string => String(number).padStart(2, '0');

function dateText(seconds: number, form: number): string {
  const date = new Date(seconds * 1000);
  const [day, number, month, year, time] = date.toUTCString().replace(',', '').split(' ') as [string, string, string, string, string];
  const forms = [
    `${year}-${pad(date.getUTCMonth() + 1)}-${number} ${time}`, `${day} ${month} ${number} ${time} UTC ${year}`, `${day}, ${number} ${month} ${year} ${time} +0000`, `${month} ${String(Number(number)).padStart(2)} ${year}`, String(seconds),
  ];
  return forms[form % forms.length]!;
}

const program = (sections: CraftedElf['sections']): Buffer => craftElf({ wide: true, littleEndian: true, machine: 62, type: 2, sections });
const text = (content: Buffer): CraftedElf['sections'][number] => ({ name: '.text', type: 1, flags: 6, content });
const data = (name: string, content: string | Buffer, flags = 0): CraftedElf['sections'][number] => ({ name, type: 1, flags, content: Buffer.from(content) });
const buildId = (id: Buffer): CraftedElf['sections'][number] => ({ name: '.note.gnu.build-id', type: 7, flags: 2, alignment: 4, content: Buffer.concat([Buffer.from([4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0]), Buffer.from('GNU\0'), id]) });

interface Around { draw: Draw; times: readonly [number, number]; known: { left: KnownFacts; right: KnownFacts } }
type Make = (around: Around) => readonly [Buffer | string, Buffer | string];

const inText = (make: (around: Around, side: 0 | 1) => string): Make => (around) => {
  const [before, behind] = [prose(around.draw, 1 + around.draw(20)), prose(around.draw, around.draw(20))];
  return [`${before}${make(around, 0)}\n${behind}`, `${before}${make(around, 1)}\n${behind}`];
};
const of = (known: Around['known'], side: 0 | 1): KnownFacts => (side === 0 ? known.left : known.right);

const MAKERS: readonly (readonly [CauseCode, string, Make])[] = [
  ['embedded-timestamp', 'usr/share/version', (around) => { const form = around.draw(5); return inText(({ times }, side) => `made ${dateText(times[side], form)}`)(around); }],
  ['embedded-timestamp', 'usr/share/page.gz', ({ draw, times }) => { const content = prose(draw, 9); return times.map((time) => { const packed = gzipSync(content); packed.writeUInt32LE(time, 4); return packed; }) as [Buffer, Buffer]; }],
  ['embedded-timestamp', 'boot/uImage', ({ draw, times }) => { const content = bytes(draw, 500); return times.map((time) => { const image = craftUImage(content); image.writeUInt32BE(time, 8); image.writeUInt32BE(0, 4); image.writeUInt32BE(crc32(image.subarray(0, 64)), 4); return image; }) as [Buffer, Buffer]; }],
  ['embedded-timestamp', 'usr/bin/tool', ({ draw, times }) => { const [code, form] = [bytes(draw, 900), draw(4)]; return times.map((time) => program([text(code), data('.rodata', `built ${dateText(time, form)}\0`, 2)])) as [Buffer, Buffer]; }],
  ['embedded-timestamp', 'usr/lib/firmware', ({ draw, times }) => { const blob = bytes(draw, 700); blob[0] = 0; const at = 4 + draw(600); return times.map((time) => { const one = Buffer.from(blob); one.writeUInt32LE(time, at); return one; }) as [Buffer, Buffer]; }],
  ['build-path', 'usr/bin/script', inText(({ known }, side) => `PREFIX=${of(known, side).paths[0]!}/out/lib`)],
  ['build-path', 'usr/bin/tool', ({ draw, known }) => { const code = bytes(draw, 900); return ([0, 1] as const).map((side) => program([text(code), data('.rodata', `${of(known, side).paths[0]!}/src/main.c: failed\0`, 2)])) as [Buffer, Buffer]; }],
  ['host-leak', 'usr/share/about', inText(({ known }, side) => `by ${of(known, side).users[0]!}@${of(known, side).hosts[0]!}`)],
  ['host-leak', 'usr/lib/lib.a', ({ draw }) => { const content = bytes(draw, 400); return [1000, 1001].map((owner) => { const archive = craftAr([{ name: 'one/', content }]); archive.write(String(owner), 8 + 28); return archive; }) as [Buffer, Buffer]; }],
  ['time-zone', 'usr/share/log', (around) => { const at = 1_000_000_000 + around.draw(600_000_000); const hours = 1 + around.draw(9); return inText((_around, side) => `at ${dateText(at + (side === 0 ? 0 : hours * 3600), 0)} +0${side === 0 ? 0 : hours}00`)(around); }],
  ['locale', 'usr/share/list', ({ draw }) => { const lines = distinctWords(draw); const byCase = (line: string): string => line.toLowerCase(); return [lines.toSorted(), lines.toSorted((a, b) => (byCase(a) < byCase(b) ? -1 : 1))].map((sorted) => `${sorted.join('\n')}\n`) as [string, string]; }],
  ['ordering', 'usr/share/list', ({ draw }) => { const lines = distinctWords(draw).toSorted(); const other = lines.toReversed(); return [`${lines.join('\n')}\n`, `${other.join('\n')}\n`]; }],
  ['compression', 'usr/share/doc.gz', ({ draw }) => { const content = prose(draw, 200); return [gzipSync(content, { level: 1 }), gzipSync(content, { level: 9 })]; }],
  ['compression', 'usr/share/doc.z', ({ draw }) => { const content = prose(draw, 50); return [gzipSync(content), zstdCompressSync(content)]; }],
  ['build-id', 'usr/bin/tool', ({ draw }) => { const code = bytes(draw, 900); return [program([text(code), buildId(bytes(draw, 20))]), program([text(code), buildId(bytes(draw, 20))])]; }],
  ['debug-only', 'usr/bin/tool', ({ draw }) => { const code = bytes(draw, 900); return [0, 1].map(() => program([text(code), data('.debug_str', `${word(draw)}\0${word(draw).repeat(1 + draw(4))}\0`)])) as [Buffer, Buffer]; }],
  ['random-id', 'usr/share/instance', inText(({ draw }) => { const hex = bytes(draw, 16).toString('hex'); return `id=${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`; })],
  ['random-id', 'usr/share/machine', inText(({ draw }) => bytes(draw, 16).toString('hex'))],
  ['embedded-key', 'usr/share/key', inText(({ draw }) => `-----BEGIN PUBLIC KEY-----\n${bytes(draw, 90).toString('base64')}\n-----END PUBLIC KEY-----`)],
  ['embedded-key', 'usr/share/authorized', inText(({ draw }) => `ssh-ed25519 ${bytes(draw, 51).toString('base64')} somebody`)],
  ['toolchain', 'usr/bin/tool', ({ draw }) => [11, 12].map((version) => program([text(bytes(draw, 900)), data('.comment', `GCC: (Provenroot) ${version}.${draw(9)}\0`)])) as [Buffer, Buffer]],
  ['module-signature', 'lib/modules/one.ko', ({ draw }) => { const module = craftElf({ wide: true, littleEndian: true, machine: 62, type: 1, sections: [text(bytes(draw, 500)), data('.modinfo', 'license=GPL\0vermagic=6.1.0 SMP \0')] }); return [0, 1].map(() => { const signature = bytes(draw, 200); return Buffer.concat([module, signature, Buffer.from([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, signature.length]), Buffer.from('~Module signature appended~\n')]); }) as [Buffer, Buffer]; }],
  ['kernel-version', 'lib/modules/two.ko', ({ draw }) => { const code = bytes(draw, 500); return [draw(50), 50 + draw(50)].map((patch) => craftElf({ wide: true, littleEndian: true, machine: 62, type: 1, sections: [text(code), data('.modinfo', `license=GPL\0vermagic=6.1.${patch} SMP \0`)] })) as [Buffer, Buffer]; }],
  ['unknown', 'etc/settings', inText(({ draw }) => `setting = ${word(draw)}`)],
  ['unknown', 'usr/bin/tool', ({ draw }) => { const code = bytes(draw, 900); return [code, bytes(draw, 900)].map((one) => program([text(one), data('.rodata', 'text\0', 2)])) as [Buffer, Buffer]; }],
  ['unknown', 'usr/share/blob', ({ draw }) => [bytes(draw, 400 + draw(100)), bytes(draw, 400 + draw(100))]],
  ['unknown', 'usr/share/limits', inText(({ draw }, side) => `limit ${(side + 1) * (1 + draw(1000))}`)],
];

export const SAMPLED_CAUSES: readonly CauseCode[] = [...new Set(MAKERS.map(([cause]) => cause))];

/** So many samples of each maker, from one seed. */
export function ruleSamples(seed: number, samplesEach: number): RuleSample[] {
  return MAKERS.flatMap(([cause, path, make], number) => Array.from({ length: samplesEach }, (_, i): RuleSample => {
    const draw = drawFrom(seed * 1_000_003 + number * 1009 + i);
    const times = [1_400_000_000 + draw(100_000_000), 1_600_000_000 + draw(100_000_000)] as const;
    const side = (time: number, name: string): KnownFacts => ({ ...NOTHING_KNOWN, paths: [`/work/${name}`], hosts: [`host-${name}`], users: [`user${name}`], times: [{ from: time - 600, to: time + 600 }] });
    const known = { left: side(times[0], `one${100 + draw(900)}`), right: side(times[1], `two${100 + draw(900)}`) };
    const [left, right] = make({ draw, times, known });
    return { cause, path, left: Buffer.from(left), right: Buffer.from(right), written: times, known };
  }));
}
