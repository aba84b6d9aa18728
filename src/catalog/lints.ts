import type { Lint } from './lint.ts';
import { architectureValues, boardArchitecture, boardImages, boardPackages, boardQemu, boardRoles } from './lint-board.ts';
import { initScript, patchFile, unreferencedFile } from './lint-files.ts';
import { unguardedOption } from './lint-guards.ts';
import { licenseFiles, licenseSyntax } from './lint-license.ts';
import { formerName, knownNeed, needsCycle, toolchainNeed } from './lint-needs.ts';
import { conditionValue, declaredOption, optionBounds, optionDefault, unusedOption } from './lint-options.ts';
import { deviceNumbers, renamedOption, roleFields, rowTwice, userClash } from './lint-rows.ts';
import { repackedUrl, sourceOrigin, sourceTwice } from './lint-sources.ts';
import { inputDefault, mainStage, phaseNames, requiredInput, stageInputs, stageOrder, unusedInput } from './lint-template.ts';
import { knownPhase, knownTemplate, phaseText, placeholders, templateInputs } from './lint-template-use.ts';

/** Every rule beyond the schema. A new one is listed here and thereby documented and run. */
export const LINTS: readonly Lint[] = [
  sourceOrigin, sourceTwice, repackedUrl, patchFile, initScript, unreferencedFile, licenseFiles, licenseSyntax,
  knownNeed, formerName, needsCycle, toolchainNeed, declaredOption, unusedOption, optionDefault, optionBounds, conditionValue, unguardedOption,
  knownTemplate, templateInputs, knownPhase, phaseText, placeholders, rowTwice, deviceNumbers, userClash, roleFields, renamedOption,
  mainStage, stageOrder, phaseNames, stageInputs, requiredInput, unusedInput, inputDefault,
  boardRoles, boardPackages, boardArchitecture, boardImages, boardQemu, architectureValues,
];
