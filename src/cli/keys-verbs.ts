import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { Failure } from '../foundation/failure.ts';
import { encodeEnvelope } from '../signing/envelope-files.ts';
import type { Envelope } from '../signing/envelope.ts';
import { trustedRoot, type TrustRoot } from '../signing/trust-root.ts';
import type { CliDeps } from './cli-deps.ts';
import { readGiven, writeWhole } from './output-file.ts';
import { printTable } from './output.ts';
import { printShape, type JsonOf } from './print-shape.ts';
import type { EvidenceVerbs } from './verbs.ts';

type KeysShape = 'keys-rotate' | 'keys-trust' | 'keys-distrust';
type KeyVerbs = Pick<EvidenceVerbs, 'keysList' | 'keysRoot' | 'keysPublic' | 'keysRotate' | 'keysTrust' | 'keysDistrust'>;

/** Keys and root.json: all of it is asked of the signer, which alone holds private keys. */
export function keysVerbs(deps: CliDeps): KeyVerbs {
  const { terminal } = deps;
  const shown = (verb: KeysShape, envelope: Envelope, json: boolean): void => {
    const root = trustedRoot(envelope, 'the new root');
    if (json) printShape(terminal, verb, jsonKeys(root));
    else { printKeys(root, deps); terminal.note('hand out the new root.json: `keys root -o root.json`\n'); }
  };
  return {
    keysList: ({ json }) => deps.withSigner(async (signer) => {
      const root = trustedRoot((await signer.roots()).at(-1)!, 'the root of this home');
      if (json) printShape(terminal, 'keys-list', jsonKeys(root));
      else printKeys(root, deps);
      return EXIT.done;
    }),
    keysRoot: ({ output }) => deps.withSigner(async (signer) => handOut(`${encodeEnvelope((await signer.roots()).at(-1)!)}\n`, output, deps)),
    keysPublic: ({ role, output }) => deps.withSigner(async (signer) => {
      const key = (await signer.keys()).find((one) => one.role === role && one.validUntil === undefined);
      return handOut(key!.publicKey, output, deps);
    }),
    keysRotate: ({ role, json }) => deps.withSigner(async (signer) => { shown('keys-rotate', await signer.rotate(role), json); return EXIT.done; }),
    keysTrust: ({ file, operator, roles, builders, json }) => deps.withSigner(async (signer) => {
      if (roles.length === 0) throw new Failure('CLI.USAGE', 'say what the key may speak for', { hint: 'For another rebuilder: --role rebuilder --role log.' });
      const publicKey = (await readGiven(file)).toString('utf8');
      shown('keys-trust', await signer.trustKey({ publicKey, operator, roles, ...(builders.length === 0 ? {} : { builderIds: builders }) }), json);
      return EXIT.done;
    }),
    keysDistrust: ({ keyId, json }) => deps.withSigner(async (signer) => { shown('keys-distrust', await signer.distrustKey(keyId), json); return EXIT.done; }),
  };
}

function jsonKeys({ content }: TrustRoot): JsonOf<'keys-list'> {
  const { version, issuedAt, threshold, roots, keys, log } = content;
  return {
    version, issuedAt, threshold, roots: [...roots], log: { origin: log.origin, keyIds: [...log.keyIds] },
    keys: keys.map(({ keyId, publicKey, roles, operator, builderIds, validFrom, validUntil }) => ({
      keyId, publicKey, roles: [...roles], operator, builderIds: [...builderIds ?? []], validFrom, validUntil: validUntil ?? null,
    })),
  };
}

function printKeys({ content }: TrustRoot, { terminal }: CliDeps): void {
  terminal.data(`root version ${content.version} of ${content.issuedAt}, ${content.threshold} of ${content.roots.length} root keys sign; log ${content.log.origin}\n`);
  printTable(terminal, ['operator', 'role', 'valid from', 'until', 'key'], content.keys.map(({ keyId, roles, operator, validFrom, validUntil }) =>
    [operator, roles.join(','), validFrom, validUntil ?? '-', keyId]));
}

async function handOut(text: string, output: string | undefined, { terminal }: CliDeps): Promise<ExitCode> {
  if (output === undefined) terminal.data(text);
  else { await writeWhole(output, text); terminal.note(`wrote ${output}\n`); }
  return EXIT.done;
}
