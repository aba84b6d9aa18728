/** `package:12ab…` is `SPDXRef-package-12ab…`; letters, digits, dots and dashes only. `refOfId` leads back. */
export function spdx2Id(ref: string): string {
  return `SPDXRef-${ref.replace(':', '-')}`;
}
