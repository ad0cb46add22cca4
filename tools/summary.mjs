/**
 * Prints what failed and the closing line of tools/test: "N passed, N failed".
 * usage: summary.mjs REPORTS FAILED_PHASE...   REPORTS has vitest's JSON report of each phase of tests.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [dir, ...failedPhases] = process.argv.slice(2);
let passed = 0;
let failed = 0;
const explained = new Set();

for (const file of readdirSync(dir)) {
  const report = JSON.parse(readFileSync(join(dir, file), 'utf8'));
  // A file that cannot be loaded, or whose hooks fail, may have no failed test.
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  for (const { name } of brokenFiles) console.log(`failed: ${name}`);
  passed += report.numPassedTests;
  failed += report.numFailedTests + brokenFiles.length;
  if (report.numFailedTests + brokenFiles.length > 0) explained.add(file.replace(/\.json$/, ''));
}
for (const phase of failedPhases) {
  if (explained.has(phase)) continue;
  console.log(`failed: ${phase}`);
  failed += 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
