const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1023 B`, `1.5 MiB`, `-2.0 KiB`. */
export function sizeText(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) { value /= 1024; unit++; }
  return `${bytes < 0 ? '-' : ''}${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** What came or went: `+1.5 MiB`, `-12 B`, `0 B`. */
export function signedSizeText(bytes: number): string {
  return `${bytes > 0 ? '+' : ''}${sizeText(bytes)}`;
}
