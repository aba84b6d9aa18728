import { inputTexts } from './input-texts.ts';
import type { RecipeLint } from './lint.ts';
import { reportRepeated } from './lint-sources.ts';
import { didYouMeanText, quoted } from './name.ts';
import type { Recipe, Template } from './model.ts';

export const patchFile: RecipeLint = {
  subject: 'recipe', id: 'patch-file', severity: 'error',
  explain: 'A patch is listed whose file is not beside the recipe, or whose bytes have another sha256. Correct the path or the digest.',
  check(recipe, report) {
    reportRepeated(recipe.patches.map(({ file }) => file), (index, file) => report(['patches', index, 'file'], `${quoted(file)} is listed twice`));
    for (const [index, { file, sha256 }] of recipe.patches.entries()) {
      const beside = recipe.files.find(({ path }) => path === file);
      if (beside === undefined) report(['patches', index, 'file'], `${quoted(file)} is not beside the recipe`, didYouMeanText(file, recipe.files.map(({ path }) => path)));
      else if (beside.sha256 !== sha256) report(['patches', index, 'sha256'], `${quoted(file)} has the sha256 ${beside.sha256}, the recipe says ${sha256}`, `if the change is meant, write \`sha256: ${beside.sha256}\``);
    }
  },
};

export const initScript: RecipeLint = {
  subject: 'recipe', id: 'init-script', severity: 'error',
  explain: 'An init script\'s file is not beside the recipe, or two scripts have one name.',
  check(recipe, report) {
    reportRepeated(recipe.initScripts.map(({ name }) => name), (index, name) => report(['init_scripts', index, 'name'], `two init scripts have the name ${quoted(name)}`));
    for (const [index, { file }] of recipe.initScripts.entries()) {
      if (!recipe.files.some(({ path }) => path === file)) report(['init_scripts', index, 'file'], `${quoted(file)} is not beside the recipe`, didYouMeanText(file, recipe.files.map(({ path }) => path)));
    }
  },
};

export const unreferencedFile: RecipeLint = {
  subject: 'recipe', id: 'unreferenced-file', severity: 'warning',
  explain: 'A file beside the recipe reaches no step: it is no patch, init script or license file, and no phase or input names it as `/src/files/PATH` (or names a directory above it there). Remove it, or name it.',
  check(recipe, report, { catalog }) {
    const listed = new Set([...recipe.patches.map(({ file }) => file), ...recipe.initScripts.map(({ file }) => file), ...recipe.licenseFiles.map(({ path }) => path)]);
    const text = textOf(recipe, catalog.templates.get(recipe.uses));
    for (const { path } of recipe.files) {
      if (!listed.has(path) && !namesFile(text, path)) report([], `nothing names the file ${quoted(path)}`, `remove it, or write /src/files/${path} where it is read`);
    }
  },
};

/** Everything that a step's text can consist of. */
function textOf(recipe: Recipe, template: Template | undefined): string {
  const phases = template?.stages.flatMap((stage) => stage.phases.map(({ name, run }) => recipe.phases[name] ?? run)) ?? Object.values(recipe.phases);
  return [...phases, ...Object.values(recipe.with).flatMap((value) => inputTexts(value, []).map(({ text }) => text))].join('\n');
}

const PATH_CHARACTER = /[A-Za-z0-9+,._@=~-]/;

function namesFile(text: string, path: string): boolean {
  return [`/src/files/${path}`, ...directoriesAbove(path)].some((candidate) => {
    for (let at = text.indexOf(candidate); at >= 0; at = text.indexOf(candidate, at + 1)) {
      const rest = text.slice(at + candidate.length);
      const ends = rest === '' || !PATH_CHARACTER.test(rest[0]!);
      // Below a directory, only the directory itself or something computed (`$name`, `*`) may stand for the file.
      if (ends && (candidate.endsWith(path) || !/^\/[A-Za-z0-9]/.test(rest))) return true;
    }
    return false;
  });
}

function directoriesAbove(path: string): string[] {
  const parts = `/src/files/${path}`.split('/');
  return parts.slice(3).map((_part, index) => parts.slice(0, index + 3).join('/'));
}
