import { appendFileSync } from 'node:fs';

// Prints the one line that continuous integration counts: `N passed, N failed, N skipped`. Where several runs make one
// (`provenroot test`), it adds a line of JSON to the file that PROVENROOT_TALLY names instead.
export default class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const passed = results.numPassedTests;
    // A file that could not even be loaded has no tests that fail.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const tally = process.env.PROVENROOT_TALLY;
    if (tally === undefined) process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
    else appendFileSync(tally, `${JSON.stringify({ passed, failed, skipped })}\n`);
  }
}
