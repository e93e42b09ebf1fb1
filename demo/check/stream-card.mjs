/** A stream's card on the demo's first page: its state, its buttons and the events it lists. */

export class StreamCard {
  #page
  #kind
  /** The card's element. All other locators start from it. */
  root

  /** `kind` is `clock`, `table` or `answer`. */
  constructor(page, kind) {
    this.#page = page
    this.#kind = kind
    this.root = page.locator(`[data-kind="${kind}"]`)
  }

  /** Resolves when the card shows `text` as its state. */
  state(text) {
    return this.root.locator('.state', { hasText: text }).waitFor()
  }

  press(name) {
    return this.root.getByRole('button', { name, exact: true }).click()
  }

  /** The ids that are listed, oldest first. */
  async ids() {
    const texts = await this.root.locator('.events .message .id').allTextContents()
    return texts.map(text => Number(text.slice(3))).reverse()
  }

  /** Resolves when at least `count` events are listed. */
  untilEvents(count) {
    return this.#page.waitForFunction(
      ([kind, count]) => document.querySelectorAll(`[data-kind="${kind}"] .events .message`).length >= count,
      [this.#kind, count],
    )
  }

  /** The text that the card shows for the last error. */
  lastError() {
    return this.root.locator('.events .error').first().locator('span').last().textContent()
  }
}
