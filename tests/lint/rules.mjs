// Rules of our own for oxlint (it reads plugins of ESLint's shape). Each has its rows in rules.test.ts.

/** @param {string} description @param {(report: (node: object, message: string) => void, context: object) => object} visitors */
const rule = (description, visitors) => ({
  meta: { type: 'problem', docs: { description }, schema: [] },
  create: (context) => visitors((node, message) => context.report({ node, message }), context),
});

const nameOf = (node) => node?.type === 'Identifier' ? node.name : node?.type === 'MemberExpression' && !node.computed ? node.property.name : undefined;
const isMember = (node, object, property) => node.type === 'MemberExpression' && nameOf(node.object) === object && nameOf(node) === property;

const PLAIN_ERRORS = new Set(['Error', 'TypeError', 'RangeError', 'AggregateError']);

const codedErrors = rule('errors carry a code', (report) => ({
  ThrowStatement(node) {
    const thrown = node.argument;
    if ((thrown.type === 'NewExpression' || thrown.type === 'CallExpression') && PLAIN_ERRORS.has(nameOf(thrown.callee))) {
      report(node, 'Throw a Failure (expected), Fault (outside world) or Bug (ours): each has a code in the registry.');
    }
  },
}));

const handedInTime = rule('time, chance and environment are handed in', (report) => ({
  MemberExpression(node) {
    if (isMember(node, 'Date', 'now') || isMember(node, 'performance', 'now')) report(node, 'Take a Clock: only `main` and `foundation` know the time.');
    if (isMember(node, 'Math', 'random')) report(node, 'Take ids from `foundation/ids.ts`: chance is handed in.');
    if (isMember(node, 'process', 'env')) report(node, 'Take an option: only `main` reads the environment.');
  },
  NewExpression(node) {
    if (nameOf(node.callee) === 'Date' && node.arguments.length === 0) report(node, 'Take a Clock: only `main` and `foundation` know the time.');
  },
  CallExpression(node) {
    if (node.callee.type === 'Identifier' && node.callee.name === 'Date') report(node, 'Take a Clock: only `main` and `foundation` know the time.');
  },
}));

const noLocale = rule('order and text are the same under every locale', (report) => ({
  MemberExpression(node) {
    const name = nameOf(node);
    if (name === 'localeCompare') report(node, 'Use `compareText`: this order depends on the locale.');
    else if (name?.startsWith('toLocale')) report(node, `\`${name}\` depends on the locale.`);
    else if (nameOf(node.object) === 'Intl') report(node, '`Intl` depends on the locale.');
  },
}));

const READERS = new Set(['readdir', 'readdirSync', 'opendir', 'opendirSync']);
const SORTERS = new Set(['toSorted', 'sort', 'sortedBy']);

/** The expression around a node, from the inside out, up to the statement; and the declaration that it gives a name to. */
function around(node) {
  const nodes = [];
  let at = node.parent;
  for (; at !== null && !at.type.endsWith('Statement') && at.type !== 'VariableDeclarator'; at = at.parent) nodes.push(at);
  return { nodes, declarator: at?.type === 'VariableDeclarator' ? at : undefined };
}

const endsOrder = (node) => (node.type === 'CallExpression' && SORTERS.has(nameOf(node.callee)))
  || (node.type === 'NewExpression' && nameOf(node.callee) === 'Set')
  || (node.type === 'MemberExpression' && nameOf(node) === 'length');

/** Sorted where it is read, or where the constant that it became is used. */
function isSorted(node, context) {
  const { nodes, declarator } = around(node);
  if (nodes.some(endsOrder)) return true;
  if (declarator === undefined) return false;
  return context.sourceCode.getDeclaredVariables(declarator)
    .some(({ references }) => references.some(({ identifier }) => around(identifier).nodes.some(endsOrder)));
}

const sortedReaddir = rule('the order of a directory is nobody\'s business', (report, context) => ({
  CallExpression(node) {
    if (READERS.has(nameOf(node.callee)) && !isSorted(node, context)) report(node, 'Sort what a directory holds (`.toSorted()`): the disk\'s order differs from machine to machine.');
  },
}));

const HASHERS = new Set(['sha256', 'update', 'sha512']);

const canonicalHash = rule('only canonical JSON is hashed', (report) => ({
  CallExpression(node) {
    if (!isMember(node.callee, 'JSON', 'stringify')) return;
    if (around(node).nodes.some((at) => at.type === 'CallExpression' && HASHERS.has(nameOf(at.callee)))) {
      report(node, 'Use `jsonDigest` or `canonicalJson` (RFC 8785): the order of keys is part of this digest.');
    }
  },
}));

const runsOnNode22 = rule('runs on the oldest Node that we promise', (report) => ({
  VariableDeclaration(node) {
    if (node.kind.endsWith('using')) report(node, 'Node 22 does not know `using`: use try and finally.');
  },
  MemberExpression(node) {
    for (const [object, property] of [['Promise', 'try'], ['RegExp', 'escape'], ['Error', 'isError'], ['Uint8Array', 'fromBase64'], ['Uint8Array', 'fromHex']]) {
      if (isMember(node, object, property)) report(node, `Node 22 does not know \`${object}.${property}\`.`);
    }
  },
}));

export default {
  meta: { name: 'provenroot' },
  rules: {
    'canonical-hash': canonicalHash, 'coded-errors': codedErrors, 'handed-in-time': handedInTime,
    'no-locale': noLocale, 'runs-on-node-22': runsOnNode22, 'sorted-readdir': sortedReaddir,
  },
};

