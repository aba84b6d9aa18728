import type { Actions } from '../../src/actions/actions.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { Bug, Failure } from '../../src/foundation/failure.ts';

/** Use cases as the doors see them, each given by the test that needs it; what is asked for is kept. */
export class ScriptedActions implements Actions {
  readonly asked: { name: string; input: unknown }[] = [];
  answers: Partial<Actions> = {};

  #answer<Name extends keyof Actions>(name: Name, input: Parameters<Actions[Name]>[0]): ReturnType<Actions[Name]> {
    this.asked.push({ name, input });
    const answer = this.answers[name] as ((given: Parameters<Actions[Name]>[0]) => ReturnType<Actions[Name]>) | undefined;
    if (answer === undefined) throw new Bug(`no answer is scripted for ${name}`);
    return answer(input);
  }

  async createConfiguration(input: Parameters<Actions['createConfiguration']>[0]): ReturnType<Actions['createConfiguration']> { return this.#answer('createConfiguration', input); }
  async saveRevision(input: Parameters<Actions['saveRevision']>[0]): ReturnType<Actions['saveRevision']> { return this.#answer('saveRevision', input); }
  async publishRecipeVersion(input: Parameters<Actions['publishRecipeVersion']>[0]): ReturnType<Actions['publishRecipeVersion']> { return this.#answer('publishRecipeVersion', input); }
  async startBuild(input: Parameters<Actions['startBuild']>[0]): ReturnType<Actions['startBuild']> { return this.#answer('startBuild', input); }
  async cancelBuild(input: Parameters<Actions['cancelBuild']>[0]): ReturnType<Actions['cancelBuild']> { return this.#answer('cancelBuild', input); }
  async planPreview(input: Parameters<Actions['planPreview']>[0]): ReturnType<Actions['planPreview']> { return this.#answer('planPreview', input); }
  async explain(input: Parameters<Actions['explain']>[0]): ReturnType<Actions['explain']> { return this.#answer('explain', input); }
  async whatIf(input: Parameters<Actions['whatIf']>[0]): ReturnType<Actions['whatIf']> { return this.#answer('whatIf', input); }
  async createRelease(input: Parameters<Actions['createRelease']>[0]): ReturnType<Actions['createRelease']> { return this.#answer('createRelease', input); }
  async startVerification(input: Parameters<Actions['startVerification']>[0]): ReturnType<Actions['startVerification']> { return this.#answer('startVerification', input); }
  async cancelVerification(input: Parameters<Actions['cancelVerification']>[0]): ReturnType<Actions['cancelVerification']> { return this.#answer('cancelVerification', input); }
  async startVariation(input: Parameters<Actions['startVariation']>[0]): ReturnType<Actions['startVariation']> { return this.#answer('startVariation', input); }
  async cancelVariation(input: Parameters<Actions['cancelVariation']>[0]): ReturnType<Actions['cancelVariation']> { return this.#answer('cancelVariation', input); }
  async openQuarantine(input: Parameters<Actions['openQuarantine']>[0]): ReturnType<Actions['openQuarantine']> { return this.#answer('openQuarantine', input); }
  async reviewQuarantine(input: Parameters<Actions['reviewQuarantine']>[0]): ReturnType<Actions['reviewQuarantine']> { return this.#answer('reviewQuarantine', input); }
  async closeQuarantine(input: Parameters<Actions['closeQuarantine']>[0]): ReturnType<Actions['closeQuarantine']> { return this.#answer('closeQuarantine', input); }
  async cancelJob(input: Parameters<Actions['cancelJob']>[0]): ReturnType<Actions['cancelJob']> { return this.#answer('cancelJob', input); }
  async importStatements(input: Parameters<Actions['importStatements']>[0]): ReturnType<Actions['importStatements']> { return this.#answer('importStatements', input); }
  async verifyStatement(input: Parameters<Actions['verifyStatement']>[0]): ReturnType<Actions['verifyStatement']> { return this.#answer('verifyStatement', input); }
  async judge(input: Parameters<Actions['judge']>[0]): ReturnType<Actions['judge']> { return this.#answer('judge', input); }
  async completeness(input: Parameters<Actions['completeness']>[0]): ReturnType<Actions['completeness']> { return this.#answer('completeness', input); }
  async writeEvidence(input: Parameters<Actions['writeEvidence']>[0]): ReturnType<Actions['writeEvidence']> { return this.#answer('writeEvidence', input); }
  async publishDocuments(input: Parameters<Actions['publishDocuments']>[0]): ReturnType<Actions['publishDocuments']> { return this.#answer('publishDocuments', input); }
  async licenseReport(input: Parameters<Actions['licenseReport']>[0]): ReturnType<Actions['licenseReport']> { return this.#answer('licenseReport', input); }
  async licenseDocument(input: Parameters<Actions['licenseDocument']>[0]): ReturnType<Actions['licenseDocument']> { return this.#answer('licenseDocument', input); }
  async judgeBuild(input: Parameters<Actions['judgeBuild']>[0]): ReturnType<Actions['judgeBuild']> { return this.#answer('judgeBuild', input); }
  async profileReport(input: Parameters<Actions['profileReport']>[0]): ReturnType<Actions['profileReport']> { return this.#answer('profileReport', input); }
  async explainOwner(input: Parameters<Actions['explainOwner']>[0]): ReturnType<Actions['explainOwner']> { return this.#answer('explainOwner', input); }
  async compareBuilds(input: Parameters<Actions['compareBuilds']>[0]): ReturnType<Actions['compareBuilds']> { return this.#answer('compareBuilds', input); }
  async explainContents(input: Parameters<Actions['explainContents']>[0]): ReturnType<Actions['explainContents']> { return this.#answer('explainContents', input); }
  async compareLicenses(input: Parameters<Actions['compareLicenses']>[0]): ReturnType<Actions['compareLicenses']> { return this.#answer('compareLicenses', input); }
  async compareComponents(input: Parameters<Actions['compareComponents']>[0]): ReturnType<Actions['compareComponents']> { return this.#answer('compareComponents', input); }
  async compareConfigurations(input: Parameters<Actions['compareConfigurations']>[0]): ReturnType<Actions['compareConfigurations']> { return this.#answer('compareConfigurations', input); }
  async compareInputs(input: Parameters<Actions['compareInputs']>[0]): ReturnType<Actions['compareInputs']> { return this.#answer('compareInputs', input); }
  async history(input: Parameters<Actions['history']>[0]): ReturnType<Actions['history']> { return this.#answer('history', input); }
  async historyCauses(input: Parameters<Actions['historyCauses']>[0]): ReturnType<Actions['historyCauses']> { return this.#answer('historyCauses', input); }
  async openUpload(input: Parameters<Actions['openUpload']>[0]): ReturnType<Actions['openUpload']> { return this.#answer('openUpload', input); }
  async receiveUpload(input: Parameters<Actions['receiveUpload']>[0]): ReturnType<Actions['receiveUpload']> { return this.#answer('receiveUpload', input); }
  async settleUpload(input: Parameters<Actions['settleUpload']>[0]): ReturnType<Actions['settleUpload']> { return this.#answer('settleUpload', input); }
  async removeUpload(input: Parameters<Actions['removeUpload']>[0]): ReturnType<Actions['removeUpload']> { return this.#answer('removeUpload', input); }
  async startComparison(input: Parameters<Actions['startComparison']>[0]): ReturnType<Actions['startComparison']> { return this.#answer('startComparison', input); }
  async cancelComparison(input: Parameters<Actions['cancelComparison']>[0]): ReturnType<Actions['cancelComparison']> { return this.#answer('cancelComparison', input); }
  async comparisonResult(input: Parameters<Actions['comparisonResult']>[0]): ReturnType<Actions['comparisonResult']> { return this.#answer('comparisonResult', input); }
  async decideLicense(input: Parameters<Actions['decideLicense']>[0]): ReturnType<Actions['decideLicense']> { return this.#answer('decideLicense', input); }
  async withdrawLicenseDecision(input: Parameters<Actions['withdrawLicenseDecision']>[0]): ReturnType<Actions['withdrawLicenseDecision']> { return this.#answer('withdrawLicenseDecision', input); }
  async writeLegalInfo(input: Parameters<Actions['writeLegalInfo']>[0]): ReturnType<Actions['writeLegalInfo']> { return this.#answer('writeLegalInfo', input); }
}

export const SCRIPTED_PLAN = {
  board: 'tiny', definitionDigest: sha256('definition'),
  steps: [
    { name: 'one', recipe: 'one', planKey: sha256('one'), outcome: 'reused' as const, reason: 'its result is known', needs: [] },
    { name: 'root', planKey: sha256('root'), outcome: 'may-be-cut-off' as const, reason: 'one may come out the same', needs: ['one'], lastCpuMs: 12 },
  ],
};

export const refusal = (): never => { throw new Failure('RECORDS.UNKNOWN', 'there is no board of this name', { place: 'board' }); };
