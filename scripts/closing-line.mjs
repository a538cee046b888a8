/**
 * A vitest reporter that ends the run with one plain line, `N passed, N failed`, for readers that know no
 * test runner's summary. A file that does not load and an error outside any test count as failed.
 *
 * @import { Reporter, TestModule } from 'vitest/node'
 * @implements {Reporter}
 */
export default class ClosingLine {
  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly unknown[]} errors
   */
  onTestRunEnd(modules, errors) {
    let passed = 0;
    let failed = errors.length;
    for (const module of modules) {
      const before = failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        if (state === 'failed' || state === 'pending') failed += 1;
      }
      if (failed === before && module.state() === 'failed') failed += 1;
    }
    // After the default reporter's own summary, which it prints when the run has ended.
    process.once('exit', () => process.stdout.write(`${passed} passed, ${failed} failed\n`));
  }
}
