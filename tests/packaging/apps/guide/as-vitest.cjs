/** Vitest's names for what Jest has, for tests that are written for Vitest. */
const { jest, ...globals } = require('@jest/globals')

module.exports = { ...globals, vi: jest }
