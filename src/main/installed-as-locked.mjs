// Exit 0 if node_modules holds what package-lock.json pins: after `npm install` by hand the launcher need not start afresh.
// Plain JavaScript, because it runs before anything is known to be there.
import { readFileSync } from 'node:fs';

const read = (path) => JSON.parse(readFileSync(`${process.argv[2]}/${path}`, 'utf8')).packages;
const installed = read('node_modules/.package-lock.json');
const same = Object.entries(read('package-lock.json')).every(([path, wanted]) => {
  const found = installed[path];
  return path === '' || (found === undefined ? wanted.optional === true : found.version === wanted.version && found.integrity === wanted.integrity);
});
process.exitCode = same ? 0 : 1;
