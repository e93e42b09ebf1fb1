/**
 * Uses the demo as a visitor would, in a headless browser. Prints one line a step; the exit status is 0 if all passed.
 * `--screenshots FOLDER` also takes pictures of the pages, light and dark, wide and narrow; `--readme` takes those that
 * the README shows. `node demo/check.mjs graphql react` checks only the pages named.
 */

import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'
import * as graphql from './check/graphql.mjs'
import * as inspector from './check/inspector.mjs'
import { takePictures } from './check/pictures.mjs'
import * as react from './check/react.mjs'
import * as streams from './check/streams.mjs'
import * as tabs from './check/tabs.mjs'
import { startDemo } from './server.mjs'

/** Each page of the demo, with its steps. */
const parts = { streams, graphql, react, tabs, inspector }

const { values, positionals } = parseArgs({
  options: { screenshots: { type: 'string' }, readme: { type: 'boolean' } },
  allowPositionals: true,
})
const names = positionals.length > 0 ? positionals : Object.keys(parts)
const unknown = names.filter(name => !(name in parts))
if (unknown.length > 0) {
  console.error(`no page named ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
  process.exit(2)
}
let passed = 0
let failed = 0

async function step(name, run) {
  try {
    const detail = await run()
    passed++
    console.log(`ok ${passed + failed} ${name}${detail ? `: ${detail}` : ''}`)
  } catch (error) {
    failed++
    console.log(`not ok ${passed + failed} ${name}: ${error.message}`)
  }
}

async function tryPart(name, browser, url) {
  const { steps, pose, provoked } = parts[name]
  const complaints = []
  // each page has its own browser, because one browser has only six connections to a server and each may be a stream
  async function openPage() {
    const page = await browser.newPage({ viewport: { width: 1360, height: 1000 } })
    page.setDefaultTimeout(60_000)
    page.on('pageerror', error => complaints.push(`page: ${error.message}`))
    page.on('console', message => {
      if (message.type() === 'error' && !provoked?.test(message.text()))
        complaints.push(`console: ${message.text()}`)
    })
    return page
  }
  const visit = { page: await openPage(), openPage, url }
  for (const [name, run] of Object.entries(steps)) await step(name, () => run(visit))
  if (values.screenshots || values.readme) {
    await step(`${name}: pictures`, async () => {
      await pose(visit)
      await takePictures(name, visit.page, { folder: values.screenshots, isForReadme: values.readme })
    })
  }
  await visit.page.close()
  await step(`${name}: no script has failed`, () => {
    if (complaints.length > 0) throw new Error(complaints.join('; '))
  })
}

const demo = await startDemo()
const browser = await chromium.launch({
  executablePath: process.env.POSTSOURCE_CHROMIUM || undefined,
  args: ['--no-sandbox', '--disable-background-networking'],
})
try {
  for (const name of names) await tryPart(name, browser, demo.url)
} finally {
  await browser.close()
  await demo.close()
}

console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
