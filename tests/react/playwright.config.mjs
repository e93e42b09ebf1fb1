import base from '../browser/playwright.config.mjs'

// strict mode mounts twice in React's development build alone, which Vite takes where this says so
process.env.NODE_ENV = 'development'

export default {
  ...base,
  testDir: '.',
  testMatch: '*.spec.mjs',
  fullyParallel: false,
  timeout: 120_000, // some build their page, on a machine that may be busy
  projects: [
    { name: 'React 19, Apollo Client 4', use: { peers: 'current' } },
    { name: 'React 18, Apollo Client 3', use: { peers: 'older' } },
  ],
}
