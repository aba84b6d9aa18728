import type { TemplateLint } from './lint.ts';
import { reportRepeated } from './lint-sources.ts';
import { checkPhaseText, inputProblem } from './lint-template-use.ts';
import { inputTexts } from './input-texts.ts';
import { didYouMeanText, quoted } from './name.ts';
import { inputsNamedIn, splitText } from './placeholder.ts';

export const mainStage: TemplateLint = {
  subject: 'template', id: 'main-stage', severity: 'error',
  explain: 'The last stage, and no other, is called `main`: it is the recipe itself.',
  check({ stages }, report) {
    reportRepeated(stages.map(({ name }) => name), (index, name) => report(['stages', index, 'name'], `two stages have the name ${quoted(name)}`));
    for (const [index, { name }] of stages.entries()) {
      const last = index === stages.length - 1;
      if (last && name !== 'main') report(['stages', index, 'name'], `the last stage is called ${quoted(name)}`, 'write `name: main`');
      if (!last && name === 'main') report(['stages', index, 'name'], '`main` must be the last stage');
    }
  },
};

export const stageOrder: TemplateLint = {
  subject: 'template', id: 'stage-order', severity: 'error',
  explain: '`after` names a stage that does not come earlier.',
  check({ stages }, report) {
    for (const [index, { after }] of stages.entries()) {
      const earlier = stages.slice(0, index).map(({ name }) => name);
      for (const [at, name] of after.entries()) {
        if (!earlier.includes(name)) report(['stages', index, 'after', at], `no earlier stage is called ${quoted(name)}`, didYouMeanText(name, earlier));
      }
    }
  },
};

export const phaseNames: TemplateLint = {
  subject: 'template', id: 'phase-twice', severity: 'error',
  explain: 'Two phases have one name; a recipe could not say which it replaces.',
  check({ stages }, report) {
    const phases = stages.flatMap((stage, index) => stage.phases.map(({ name }, at) => ({ name, place: ['stages', index, 'phases', at, 'name'] })));
    reportRepeated(phases.map(({ name }) => name), (index, name) => report(phases[index]!.place, `two phases have the name ${quoted(name)}`));
  },
};

export const stageInputs: TemplateLint = {
  subject: 'template', id: 'stage-inputs', severity: 'error',
  explain: 'A stage lists an input that is not declared, or its phases read one that it does not list or a fact that no architecture has, or hold a placeholder.',
  check({ inputs, stages }, report, { catalog }) {
    for (const [index, stage] of stages.entries()) {
      reportRepeated(stage.inputs, (at, name) => report(['stages', index, 'inputs', at], `${quoted(name)} is listed already`));
      for (const [at, name] of stage.inputs.entries()) {
        if (!Object.hasOwn(inputs, name)) report(['stages', index, 'inputs', at], `the input ${quoted(name)} is not declared`, didYouMeanText(name, Object.keys(inputs)));
      }
      for (const [at, { run }] of stage.phases.entries()) checkPhaseText(run, ['stages', index, 'phases', at, 'run'], stage, catalog, report);
    }
  },
};

export const requiredInput: TemplateLint = {
  subject: 'template', id: 'required-input', severity: 'error',
  explain: '`required` is the name of the file that a stage which collects kernel options gets; no input may have it.',
  check({ inputs }, report) {
    if (Object.hasOwn(inputs, 'required')) report(['inputs', 'required'], 'the name `required` is taken', 'choose another');
  },
};

export const unusedInput: TemplateLint = {
  subject: 'template', id: 'unused-input', severity: 'error',
  explain: 'An input is read by no phase of any stage that lists it.',
  check({ inputs, stages }, report) {
    for (const name of Object.keys(inputs)) {
      const read = stages.some((stage) => stage.inputs.includes(name) && stage.phases.some(({ run }) => inputsNamedIn(run).includes(name)));
      if (!read) report(['inputs', name], `no phase reads $with_${name}`, 'remove it');
    }
  },
};

export const inputDefault: TemplateLint = {
  subject: 'template', id: 'input-default', severity: 'error',
  explain: 'The default of an input has another type, or depends on an option: a template knows no options.',
  check({ inputs }, report) {
    for (const [name, { type, default: value }] of Object.entries(inputs)) {
      if (value === undefined) continue;
      const place = ['inputs', name, 'default'];
      const problem = inputProblem(type, value);
      if (problem !== undefined) report(place, `the default ${problem}`);
      for (const { text } of inputTexts(value, place)) {
        const { parts, malformed } = splitText(text);
        const bad = parts.find((part) => typeof part !== 'string' && part.namespace !== 'arch' && part.namespace !== 'recipe');
        if (bad !== undefined || malformed.length > 0) report(place, `${quoted(text)} holds a placeholder that stands for nothing here`);
      }
      if (Array.isArray(value) && value.some((item) => typeof item !== 'string')) report(place, 'a default has no conditions');
    }
  },
};
