// What a test imports as `fast-check`: the same cases in every run, so that a red run is a change and not luck.
// PROVENROOT_TEST_SEED=N looks at others; a failure names its seed.
import fc from '../../node_modules/fast-check/lib/fast-check.js';

fc.configureGlobal({ seed: Number(process.env.PROVENROOT_TEST_SEED ?? 20_261_123) });

export default fc;
export * from '../../node_modules/fast-check/lib/fast-check.js';
