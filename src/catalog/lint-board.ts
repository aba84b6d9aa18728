import type { ArchitectureLint, BoardLint } from './lint.ts';
import { replacementOf } from './lint-needs.ts';
import { reportRepeated } from './lint-sources.ts';
import { choiceProblems } from './package-choice.ts';
import { didYouMeanText, quoted } from './name.ts';
import { splitText } from './placeholder.ts';

const ROLES = ['toolchain', 'kernel', 'skeleton'] as const;

export const boardRoles: BoardLint = {
  subject: 'board', id: 'board-recipes', severity: 'error',
  explain: 'A recipe that the board names is not in the catalog, or has another role than the board gives it.',
  check(board, report, context) {
    for (const role of ROLES) {
      const name = board[role];
      const recipe = context.catalog.recipes.get(name);
      if (!context.recipeNames.has(name)) report([role], `there is no recipe ${quoted(name)}`, replacementOf(name, context));
      else if (recipe !== undefined && recipe.role !== role) report([role], `${quoted(name)} has the role ${recipe.role}, not ${role}`);
    }
  },
};

export const boardPackages: BoardLint = {
  subject: 'board', id: 'board-packages', severity: 'error',
  explain: 'A package of the board is not in the catalog, has a role that the board fills with another recipe, or is given an option or value that its recipe does not know.',
  check(board, report, context) {
    for (const problem of choiceProblems(board.packages, context, ROLES.map((role) => board[role]))) {
      report(['packages', ...problem.place], problem.message, problem.suggestion);
    }
  },
};

export const boardArchitecture: BoardLint = {
  subject: 'board', id: 'board-architecture', severity: 'error',
  explain: 'The board names an architecture that is not in the catalog, or a tuning that the architecture does not have.',
  check(board, report, { catalog, architectureNames }) {
    const architecture = catalog.architectures.get(board.architecture);
    if (!architectureNames.has(board.architecture)) report(['architecture'], `there is no architecture ${quoted(board.architecture)}`, didYouMeanText(board.architecture, architectureNames));
    else if (architecture !== undefined && !Object.hasOwn(architecture.tunings, board.tuning)) {
      const known = Object.keys(architecture.tunings);
      report(['tuning'], `${architecture.name} has no tuning ${quoted(board.tuning)}, it has ${known.join(', ')}`, didYouMeanText(board.tuning, known));
    }
  },
};

export const boardImages: BoardLint = {
  subject: 'board', id: 'board-images', severity: 'error',
  explain: 'An image format is listed twice, a size is given to a format that has none, or QEMU boots an image that is not made.',
  check(board, report) {
    reportRepeated(board.images.map(({ format }) => format), (index, format) => report(['images', index], `${format} is listed already`));
    for (const [index, { format, sizeBytes }] of board.images.entries()) {
      if (sizeBytes !== undefined && format !== 'ext4') report(['images', index, 'size_bytes'], `a ${format} image is as large as its content`, 'remove it');
    }
    if (board.qemu !== undefined && !board.images.some(({ format }) => format === board.qemu!.rootFormat)) report(['qemu', 'root_format'], `the board makes no ${board.qemu.rootFormat} image`);
  },
};

const QEMU_PLACEHOLDER = /\{\{[^{}]*\}?\}?/g;

export const boardQemu: BoardLint = {
  subject: 'board', id: 'board-qemu', severity: 'error',
  explain: 'An argument of QEMU holds a placeholder other than `{{kernel}}`, `{{rootfs}}`, `{{append}}` and `{{forward}}`, or none boots the kernel or the root.',
  check({ qemu }, report) {
    if (qemu === undefined) return;
    const found = qemu.arguments.map((argument) => argument.match(QEMU_PLACEHOLDER) ?? []);
    for (const [index, names] of found.entries()) {
      for (const name of names) {
        if (!['{{kernel}}', '{{rootfs}}', '{{append}}', '{{forward}}'].includes(name)) report(['qemu', 'arguments', index], `${quoted(name)} stands for nothing`);
      }
    }
    for (const name of ['{{kernel}}', '{{rootfs}}']) {
      if (!found.flat().includes(name)) report(['qemu', 'arguments'], `no argument holds ${name}`);
    }
  },
};

export const architectureValues: ArchitectureLint = {
  subject: 'architecture', id: 'architecture-values', severity: 'error',
  explain: 'There is no tuning, the tunings do not all have the same values, or the environment holds a placeholder that is neither `{{arch.NAME}}` nor `{{tuning.NAME}}`.',
  check(architecture, report) {
    const tunings = Object.entries(architecture.tunings);
    const names = new Set(tunings.flatMap(([, values]) => Object.keys(values)));
    if (tunings.length === 0) report(['tunings'], 'there is no tuning');
    for (const [tuning, values] of tunings) {
      for (const name of names) if (!Object.hasOwn(values, name)) report(['tunings', tuning], `lacks ${quoted(name)}, which another tuning has`);
    }
    for (const [variable, text] of Object.entries(architecture.environment)) {
      const { parts, malformed } = splitText(text);
      for (const part of malformed) report(['environment', variable], `${quoted(part)} is no placeholder`);
      for (const part of parts) {
        if (typeof part === 'string') continue;
        const known = part.namespace === 'arch' ? Object.hasOwn(architecture.facts, part.name) : part.namespace === 'tuning' && names.has(part.name);
        if (!known) report(['environment', variable], `{{${part.namespace}.${part.name}}} stands for nothing`);
      }
    }
  },
};
