import { defineConfig } from '@playwright/test'
import { chromium } from '../../tools/setup.mjs'

const executablePath = chromium()
if (executablePath === undefined) {
  throw new Error(
    'no Chromium on this machine: install the package chromium, or set POSTSOURCE_CHROMIUM to one',
  )
}

export default defineConfig({
  testDir: '.',
  outputDir: '../../build/test-results',
  fullyParallel: true,
  workers: 2,
  timeout: 15_000,
  reporter: 'list',
  use: {
    launchOptions: { executablePath, args: ['--no-sandbox', '--disable-background-networking'] },
  },
})
