/** The demo's inspector, driven as a visitor would. */

import { readFile } from 'node:fs/promises'
import { expect } from './expect.mjs'

export class InspectorPage {
  page
  /** The list of messages. */
  list
  /** The details of the selected message. */
  details

  constructor(page) {
    this.page = page
    this.list = page.getByRole('listbox')
    this.details = page.getByRole('region', { name: 'the selected message' })
  }

  /** Opens it, and waits until its presets are there. */
  static async open(page, url) {
    await page.goto(`${url}inspector.html`)
    await page.locator('option', { hasText: 'Every mistake' }).waitFor({ state: 'attached' })
    return new InspectorPage(page)
  }

  /** The presets whose group's label does not match `without`, as `{ value, name }`. */
  async presets(without) {
    const groups = await this.control('preset')
      .locator('optgroup')
      .evaluateAll(groups =>
        groups.map(({ label, children }) => ({
          label,
          presets: [...children].map(({ value, text }) => ({ value, name: text })),
        })),
      )
    return groups.filter(({ label }) => !without.test(label)).flatMap(({ presets }) => presets)
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true })
  }

  control(name) {
    return this.page.locator(`[name="${name}"]`)
  }

  alert(text) {
    return this.page.getByRole('alert').filter({ hasText: text }).waitFor()
  }

  /** Resolves when the page shows `text` as its state. */
  state(text) {
    return this.page.locator('.state', { hasText: text }).waitFor()
  }

  /** Resolves when the stream is over. */
  untilOver() {
    return this.page.waitForFunction(() => /idle|failed/.test(document.querySelector('.state').dataset.state))
  }

  async start(address) {
    await this.control('preset').selectOption({ index: 0 })
    await this.control('url').fill(address)
    await this.button('Start').click()
  }

  /** Plays a preset to its end. */
  async play(name) {
    const preset = this.page.locator(`[name="preset"] option:text-is("${name}")`)
    await this.control('preset').selectOption(await preset.getAttribute('value'))
    await this.button('Start').click()
    await this.untilOver()
  }

  /**
   * Plays a preset to its end, for at most `longestMs`. Returns the rules of its warnings and errors, except
   * `buffering`, because a busy machine delays messages like a proxy.
   */
  async judge({ value }, longestMs) {
    const { page } = this
    await page.selectOption('[name="preset"]', value)
    await page.click('[type="submit"]')
    await Promise.race([this.untilOver(), page.waitForTimeout(longestMs)])
    // Stop is disabled when the stream has ended, and Playwright's click() would wait for it
    await page.locator('[name="stop"]').evaluate(stop => stop.click())
    await this.untilOver()
    await page.selectOption('[name="severity"]', '2')
    const rules = await page.locator('.finding:is(.warning, .error) .rule').allInnerTexts()
    await page.selectOption('[name="severity"]', '')
    return [...new Set(rules)].filter(rule => rule !== 'buffering').sort()
  }

  /** All rows of the list. Only the visible ones are in the document. */
  async rows() {
    const all = new Map()
    // the page shows new messages with the next frame
    await this.page.evaluate(
      () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))),
    )
    await this.list.press('Home')
    for (;;) {
      // in one call: scrolling replaces the rows, and the text of a replaced row has no layout and so no spaces
      const found = await this.list.evaluate(list =>
        [...list.querySelectorAll('.row')].map(row => ({
          id: row.id,
          setSize: Number(row.getAttribute('aria-setsize')),
          text: row.innerText.replace(/\s+/g, ' '),
          rule: row.querySelector('.rule')?.innerText,
        })),
      )
      for (const row of found) all.set(row.id, row)
      if (all.size >= (found[0]?.setSize ?? 0)) return [...all.values()]
      await this.list.press('PageDown')
    }
  }

  /** The rules of all findings in the list. */
  async rules() {
    return rulesOf(await this.rows())
  }

  /** The rows' texts without their times. Recordings keep microseconds, so that the last digit shown may differ. */
  async texts() {
    return (await this.rows()).map(({ text }) => text.replace(/^\d+\.\d+ /, ''))
  }

  /** The text of the recording that is exported. */
  async exported() {
    const [download] = await Promise.all([this.page.waitForEvent('download'), this.button('Export').click()])
    expect(/^stream-[\w-]+\.json$/.test(download.suggestedFilename()), download.suggestedFilename())
    return readFile(await download.path(), 'utf8')
  }

  /** Drops a file on the page, and waits until it is shown. */
  async drop(name, text) {
    const { page } = this
    const transfer = await page.evaluateHandle(
      ([name, text]) => {
        const transfer = new DataTransfer()
        transfer.items.add(new File([text], name, { type: 'application/json' }))
        return transfer
      },
      [name, text],
    )
    await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer })
    expect(await page.getByText('Drop the recording').isVisible(), 'nothing says that it may be dropped')
    await page.dispatchEvent('body', 'drop', { dataTransfer: transfer })
    await page.locator('.state', { hasNotText: 'opening' }).waitFor()
    // the page shows the recording with the next frame
    await this.list.locator('.row').first().waitFor()
  }
}

/** The rules of the findings among the rows. */
export function rulesOf(rows) {
  return rows.map(({ rule }) => rule).filter(Boolean)
}
