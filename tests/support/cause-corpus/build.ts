import type { Draw } from './draw.ts';

export interface Zone { name: string; iana: string; minutes: number }
export interface Locale { name: string; months: readonly string[]; days: readonly string[]; comma: boolean; built: string; charset: string }
export interface Compiler { version: string; distribution: string; binutils: string; clang: string; go: string; rust: string; java: string; generator: string }

/** One build of something: all that may leak into what it makes. Two builds of a sample differ in what its cause says. */
export interface Build {
  path: string;
  host: string;
  user: string;
  /** Seconds since 1970, as it is written into things. */
  time: number;
  zone: Zone;
  locale: Locale;
  jobs: number;
  compiler: Compiler;
  /** Optimisation and code generation, without the processor's. */
  flags: string;
  processor: string;
  kernel: string;
  /** 1 to 9; also chooses the packer's habits. */
  level: number;
  /** Of this build alone. */
  chance: Draw;
  /** As given, or as the file system or a hash happened to have it. */
  order<T>(list: readonly T[]): T[];
  /** The second of the two, where the cause is that something is not the same. */
  other: boolean;
  /** A change that nobody should miss, made to what is packed afterwards; without an attack, nothing. */
  body(content: Buffer): Buffer;
}

export const ZONES: readonly Zone[] = [
  { name: 'UTC', iana: 'Etc/UTC', minutes: 0 }, { name: 'CET', iana: 'Europe/Berlin', minutes: 60 }, { name: 'EST', iana: 'America/New_York', minutes: -300 }, { name: 'PST', iana: 'America/Los_Angeles', minutes: -480 },
  { name: 'IST', iana: 'Asia/Kolkata', minutes: 330 }, { name: 'JST', iana: 'Asia/Tokyo', minutes: 540 }, { name: 'EET', iana: 'Europe/Helsinki', minutes: 120 }, { name: '+14', iana: 'Pacific/Kiritimati', minutes: 840 }, { name: '-12', iana: 'Etc/GMT+12', minutes: -720 },
];

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
export const LOCALES: readonly Locale[] = [
  { name: 'C', months: MONTHS, days: DAYS, comma: false, built: 'Built on', charset: 'ANSI_X3.4-1968' },
  { name: 'de_DE.UTF-8', months: 'Januar Februar März April Mai Juni Juli August September Oktober November Dezember'.split(' '), days: 'Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag'.split(' '), comma: true, built: 'Erstellt am', charset: 'UTF-8' },
  { name: 'fr_FR.UTF-8', months: 'janvier février mars avril mai juin juillet août septembre octobre novembre décembre'.split(' '), days: 'dimanche lundi mardi mercredi jeudi vendredi samedi'.split(' '), comma: true, built: 'Construit le', charset: 'UTF-8' },
  { name: 'et_EE.UTF-8', months: 'jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember'.split(' '), days: 'pühapäev esmaspäev teisipäev kolmapäev neljapäev reede laupäev'.split(' '), comma: true, built: 'Koostatud', charset: 'UTF-8' },
];
export const C_LOCALE = LOCALES[0]!;

export const COMPILERS: readonly Compiler[] = [
  { version: '12.2.0', distribution: 'Debian 12.2.0-14', binutils: '2.40', clang: '14.0.6', go: 'go1.19.8', rust: '1.63.0 (4b91a6ea7 2022-08-08)', java: '11.0.18', generator: '3.8.2' },
  { version: '13.2.0', distribution: 'Debian 13.2.0-25', binutils: '2.42', clang: '16.0.6', go: 'go1.21.6', rust: '1.75.0 (82e1608df 2023-12-21)', java: '17.0.9', generator: '3.8.1' },
  { version: '11.4.0', distribution: 'Ubuntu 11.4.0-1ubuntu1~22.04', binutils: '2.38', clang: '15.0.7', go: 'go1.18.1', rust: '1.66.1 (90743e729 2023-01-10)', java: '17.0.2', generator: '3.7.6' },
  { version: '10.2.1', distribution: 'Buildroot 2022.02', binutils: '2.35.2', clang: '11.0.1', go: 'go1.15.15', rust: '1.48.0 (7eac88abb 2020-11-16)', java: '1.8.0_392', generator: '3.7.1' },
];

export const FLAGS = ['-O2', '-O0', '-O1', '-O3', '-Os', '-O2 -fstack-protector-strong', '-O2 -fno-plt', '-Os -ffunction-sections', '-O2 -D_FORTIFY_SOURCE=2', '-O3 -funroll-loops'];
export const PROCESSORS = ['x86-64', 'x86-64-v2', 'x86-64-v3', 'haswell', 'skylake', 'znver3', 'core2', 'alderlake'];
export const KERNELS = ['6.1.55', '6.1.176', '5.10.197', '5.15.0-91-generic', '6.1.0-13-amd64', '6.6.8-arch1', '4.19.294', '6.1.0-18-amd64'];

export const two = (value: number): string => String(value).padStart(2, '0');
/** The parts of a time as the zone tells it. */
export function clock({ time, zone }: Pick<Build, 'time' | 'zone'>): { year: number; month: number; day: number; weekday: number; hms: string; hours: number; minutes: number; seconds: number; date: string; offset: string; colon: string } {
  const at = new Date((time + zone.minutes * 60) * 1000);
  const [hours, minutes, seconds] = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
  const away = Math.abs(zone.minutes);
  const sign = zone.minutes < 0 ? '-' : '+';
  const [offset, colon] = [`${sign}${two(Math.floor(away / 60))}${two(away % 60)}`, `${sign}${two(Math.floor(away / 60))}:${two(away % 60)}`];
  return {
    year: at.getUTCFullYear(), month: at.getUTCMonth(), day: at.getUTCDate(), weekday: at.getUTCDay(), hours, minutes, seconds,
    hms: `${two(hours)}:${two(minutes)}:${two(seconds)}`, date: `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`, offset, colon,
  };
}
const short = (name: string): string => name.slice(0, 3);
/** As `date` prints it: `Mon Nov  3 10:00:00 UTC 2026`. */
export function dateText(build: Pick<Build, 'time' | 'zone'>, withZone = true): string {
  const { weekday, month, day, hms, year } = clock(build);
  return `${short(DAYS[weekday]!)} ${short(MONTHS[month]!)} ${String(day).padStart(2)} ${hms} ${withZone ? `${build.zone.name} ` : ''}${year}`;
}
/** `Mon, 03 Nov 2026 10:00:00 +0000`. */
export function mailDate(build: Pick<Build, 'time' | 'zone'>): string {
  const { weekday, month, day, hms, year, offset } = clock(build);
  return `${short(DAYS[weekday]!)}, ${two(day)} ${short(MONTHS[month]!)} ${year} ${hms} ${offset}`;
}
export const isoDate = (build: Pick<Build, 'time' | 'zone'>): string => `${clock(build).date}T${clock(build).hms}${build.zone.minutes === 0 ? 'Z' : clock(build).colon}`;
/** `__DATE__` and `__TIME__`. */
export function macroDate(build: Pick<Build, 'time' | 'zone'>): [string, string] {
  const { month, day, year, hms } = clock(build);
  return [`${short(MONTHS[month]!)} ${String(day).padStart(2)} ${year}`, hms];
}
export const monthName = ({ time, zone, locale }: Pick<Build, 'time' | 'zone' | 'locale'>): string => locale.months[clock({ time, zone }).month]!;
export const dayName = ({ time, zone, locale }: Pick<Build, 'time' | 'zone' | 'locale'>): string => locale.days[clock({ time, zone }).weekday]!;

/** Sorted as the locale does it: C by bytes, others first without regard to case and punctuation. */
export function sortedFor({ locale }: Pick<Build, 'locale'>, list: readonly string[]): string[] {
  const key = (text: string): string => (locale.name === 'C' ? text : `${text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}\0${text}`);
  return list.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
export const decimal = ({ locale }: Pick<Build, 'locale'>, value: number): string => (locale.comma ? value.toFixed(2).replace('.', ',') : value.toFixed(2));
