/** Pictures of the demo's pages. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The pages that the README shows. */
const inReadme = ['streams', 'inspector']

/**
 * Takes pictures of a page: with `folder` in light and dark, wide and narrow; with `isForReadme` the one that the
 * README shows.
 */
export async function takePictures(name, page, { folder, isForReadme }) {
  if (isForReadme && inReadme.includes(name)) {
    const path = fileURLToPath(new URL(`../pictures/${name}.png`, import.meta.url))
    await page.screenshot({ path, fullPage: true })
  }
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1360, 390]) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true })
    }
  }
}
