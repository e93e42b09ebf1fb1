import base from '../browser/playwright.config.mjs'

export default { ...base, testDir: '.', testMatch: '*.spec.mjs', workers: 1, fullyParallel: false }
