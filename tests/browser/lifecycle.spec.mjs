/** Runs tests/js/lifecycle in a page: nothing is called or held after the end. */

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, open, test } from './fixtures.mjs'

const here = path => fileURLToPath(new URL(path, import.meta.url))

test('every callback, every moment, every way to end', async ({ page, server }) => {
  test.setTimeout(600_000)
  const { outputFiles } = await build({
    entryPoints: [here('../js/lifecycle/page.mjs')],
    alias: { 'node:assert/strict': here('../js/lifecycle/page-assert.mjs') },
    bundle: true,
    format: 'iife',
    globalName: 'lifecycles',
    write: false,
  })
  await open(page, server, 'native')
  await page.addScriptTag({ content: outputFiles[0].text })
  const { passed, failures } = await page.evaluate('lifecycles.run()')
  expect(failures).toEqual([])
  expect(passed).toBeGreaterThan(600)
})
