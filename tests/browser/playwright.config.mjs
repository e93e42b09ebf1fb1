import { defineConfig } from '@playwright/test'
import { engineSettings } from './engines.mjs'

export default defineConfig({
  testDir: '.',
  outputDir: '../../build/test-results',
  fullyParallel: true,
  workers: 2,
  timeout: 15_000,
  reporter: 'list',
  ...engineSettings(),
})
