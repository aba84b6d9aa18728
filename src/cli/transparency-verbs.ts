import { isSha256 } from '../foundation/digest.ts';
import { EXIT } from '../foundation/exit-codes.ts';
import { Failure } from '../foundation/failure.ts';
import { checkOwnLog, proofOf } from '../actions/check-log.ts';
import type { CliDeps } from './cli-deps.ts';
import { readGiven } from './output-file.ts';
import { harmless } from './output.ts';
import { printShape } from './print-shape.ts';
import type { EvidenceVerbs } from './verbs.ts';

export function transparencyVerbs(deps: CliDeps): Pick<EvidenceVerbs, 'logFsck' | 'logProof'> {
  const { terminal } = deps;
  return {
    logFsck: ({ checkpoint, json }) => deps.withWorkshop(async (workshop) => {
      const { entries, tiles, checkpoints, findings } = await checkOwnLog(checkpoint === undefined ? [] : [await readGiven(checkpoint)], workshop);
      const sound = findings.length === 0;
      if (json) printShape(terminal, 'log-fsck', { sound, entries, tiles, checkpoints, findings: findings.map(({ flaw, place, message }) => ({ flaw, place, message })) });
      else {
        for (const { flaw, place, message } of findings) terminal.data(`${flaw}: ${harmless(`${place} ${message}`)}\n`);
        terminal.data(`${sound ? 'sound' : `${findings.length} findings`}: ${entries} entries, ${tiles} tiles, ${checkpoints} checkpoints, and every row that they cover\n`);
      }
      return sound ? EXIT.done : EXIT.no;
    }),
    logProof: ({ digest, json }) => deps.withWorkshop(async (workshop) => {
      const hex = digest.startsWith('sha256:') ? digest.slice('sha256:'.length) : digest;
      if (!isSha256(hex)) throw new Failure('CLI.USAGE', `"${digest}" is no sha256`, { hint: 'Give all 64 lower-case hexadecimal digits.' });
      const { statement, index, proof } = await proofOf(hex, workshop);
      if (json) printShape(terminal, 'log-proof', { statement, logIndex: index, proof });
      else terminal.data(proof);
      return EXIT.done;
    }),
  };
}
