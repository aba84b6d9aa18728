// The rules are architecture.json: levels, strangers on one level, drivers owned by their room.
import { readFileSync } from 'node:fs';

const { rooms } = JSON.parse(readFileSync(new URL('architecture.json', import.meta.url), 'utf8'));

const escaped = (text) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const oneOf = (names) => `(${names.map(escaped).join('|')})`;
const NOT_TESTS = '\\.test\\.ts$';

const levelRules = rooms.map(({ room, level }) => {
  const allowed = rooms.filter((other) => other.room === room || other.level < level).map((other) => other.room);
  return {
    name: `rooms-of-${room}`,
    comment: `${room} (level ${level}) may import ${allowed.join(', ')} only: see architecture.json`,
    severity: 'error',
    from: { path: `^src/${room}/`, pathNot: NOT_TESTS },
    to: { path: '^src/', pathNot: `^src/${oneOf(allowed)}/` },
  };
});

const driverRules = rooms.filter(({ drivers }) => drivers !== undefined).map(({ room, drivers }) => ({
  name: `drivers-of-${room}`,
  comment: `${drivers.join(', ')} belong to ${room}; main may wire them`,
  severity: 'error',
  from: { path: '^src/', pathNot: [`^src/(${room}|main)/`, NOT_TESTS] },
  to: { path: `node_modules/${oneOf(drivers)}/` },
}));

export default {
  forbidden: [
    ...levelRules,
    ...driverRules,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-unknown-rooms', severity: 'error', from: { path: '^src/', pathNot: `^src/${oneOf(rooms.map(({ room }) => room))}/` }, to: {} },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-tests-in-the-product', severity: 'error', from: { path: '^src/', pathNot: NOT_TESTS }, to: { path: ['^tests/', '^bench/', NOT_TESTS] } },
    { name: 'no-development-packages', severity: 'error', from: { path: '^src/', pathNot: NOT_TESTS }, to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] } },
    { name: 'only-declared-packages', severity: 'error', from: { path: '^src/' }, to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] } },
  ],
  options: {
    // TypeScript 7 has no programming interface for dependency-cruiser to call.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/records/generated/' },
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js', '.json'], exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
