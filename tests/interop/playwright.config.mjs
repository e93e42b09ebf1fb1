import base from '../browser/playwright.config.mjs'

export default {
  ...base,
  testDir: '.',
  testMatch: '*.spec.mjs',
  // the servers are started once
  workers: 1,
  fullyParallel: false,
  use: { ...base.use, ignoreHTTPSErrors: true },
}
