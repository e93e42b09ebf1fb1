import base from '../browser/playwright.config.mjs'

export default { ...base, testDir: '.', testMatch: '*.spec.mjs', timeout: 60_000 }
