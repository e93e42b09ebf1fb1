import base from '../browser/playwright.config.mjs'

// a page loads the package and the inspector before an example runs, on a machine that may be busy
export default {
  ...base,
  testDir: '.',
  testMatch: '*.spec.mjs',
  timeout: 120_000,
  expect: { timeout: 30_000 },
}
