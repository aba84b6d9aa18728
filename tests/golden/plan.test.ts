import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { canonicalJson } from '../../src/foundation/canonical-json.ts';
import { catalogAt, planOf, TINY_CATALOG } from '../support/planning.ts';

const GOLDEN = fileURLToPath(new URL('plan/tiny.json', import.meta.url));

describe('the plan of a fixed catalog', () => {
  test('is what the golden file says: a change of any key is a decision (UPDATE=1 rewrites it)', async () => {
    const plan = planOf(await catalogAt(TINY_CATALOG), 'tiny');
    const text = `${JSON.stringify(JSON.parse(canonicalJson({
      definitionDigest: plan.definitionDigest, definition: plan.definition,
      steps: [...plan.steps.values()].map(({ id, kind, planKey, needs, definition }) => ({ id, kind, planKey, needs, definition })),
    })), undefined, 2)}\n`;
    // The environment is the tester's to set, not the product's.
    // eslint-disable-next-line node/no-process-env
    if (process.env['UPDATE'] === '1') {
      mkdirSync(dirname(GOLDEN), { recursive: true });
      writeFileSync(GOLDEN, text);
    }
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
  });
});
