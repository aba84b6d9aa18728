// Exit 0 if node_modules holds what package-lock.json pins, no more and no less but for what is optional.
// Plain JavaScript, because it runs before anything is known to be there.
import { readFileSync } from 'node:fs';

const read = (path) => JSON.parse(readFileSync(`${process.argv[2]}/${path}`, 'utf8')).packages;
const { '': root, ...wanted } = read('package-lock.json');
const installed = read('node_modules/.package-lock.json');

const isWanted = ([path, found]) => wanted[path]?.version === found.version && wanted[path].integrity === found.integrity;
const isInstalled = ([path, { optional }]) => path in installed || optional === true;
const wrong = [
  ...Object.entries(installed).filter((entry) => !isWanted(entry)),
  ...Object.entries(wanted).filter((entry) => !isInstalled(entry)),
];
if (root === undefined || wrong.length > 0) {
  for (const [path] of wrong) console.error(path);
  process.exitCode = 1;
}
