/** The browser's engine that the tests run in: POSTSOURCE_ENGINE, one of chromium, firefox and webkit. */

import { chromium, miniBrowser, which } from '../../tools/setup.mjs'

export const engine = process.env.POSTSOURCE_ENGINE || 'chromium'

/** Only Chromium's protocol shows console arguments as the tests of the console need them. */
const everywhere = /(event-source-[\w-]+|postsource|tabs)\.spec\.mjs$/

const engines = {
  chromium: {
    found: chromium,
    missing: 'install the package chromium, or set POSTSOURCE_CHROMIUM to one',
    use: {
      launchOptions: {
        executablePath: chromium(),
        args: ['--no-sandbox', '--disable-background-networking'],
      },
    },
  },
  firefox: {
    found: () => which('firefox-esr') ?? which('firefox'),
    missing: 'install the package firefox-esr',
    testMatch: everywhere,
    // each test has its own context, which takes time
    timeout: 60_000,
    use: {
      browserName: 'firefox',
      // the stock browser, over WebDriver BiDi
      channel: 'moz-firefox',
      launchOptions: { executablePath: which('firefox-esr') ?? which('firefox') },
    },
  },
  webkit: {
    found: miniBrowser,
    missing: 'install the packages webkit2gtk-driver and xvfb',
    testMatch: everywhere,
    use: {},
  },
}

/** Playwright's settings for the engine. */
export function engineSettings() {
  const { found, missing, ...settings } = engines[engine]
  if (found() === undefined) throw new Error(`no ${engine} on this machine: ${missing}`)
  return settings
}

const anyCharset = 'takes an event stream of any charset, as ours does and the standard asks for'
const idNeedsData =
  'takes the id of a block only where the block has data; [spec] set it before looking at the data'

const keepsCancelled =
  'keeps the connection of a response whose body is cancelled, unless its signal is aborted'

const opensWithFirstByte = 'announces a response with the first byte of its body, not with its head'

/**
 * Known differences of each engine, with the reason, by the title of the test. These tests run, and fail when the
 * difference is gone. Tests that would wait forever are skipped.
 */
const differences = {
  chromium: {},
  firefox: {
    'native › it is CONNECTING, then OPEN when the head is there, then CLOSED': opensWithFirstByte,
    'postsource › it is CONNECTING, then OPEN when the head is there, then CLOSED': opensWithFirstByte,
    'fallback › it is CONNECTING, then OPEN when the head is there, then CLOSED': opensWithFirstByte,
    'the open event tells status and headers': opensWithFirstByte,
    'readEvents reads a response; leaving the loop ends the connection': keepsCancelled,
    'native › the id of a block without data is sent, an empty one clears it': idNeedsData,
    'native › content type "Text/Event-Stream; charset=x" is refused for good': anyCharset,
  },
  webkit: {
    'native › the id of a block without data is sent, an empty one clears it': idNeedsData,
    'native › content type "Text/Event-Stream; charset=x" is refused for good': anyCharset,
    'postsource › the end of the stream reconnects after the reconnection time, with the last event id':
      'fetch encodes the bytes of a header above 0x7F once more as UTF-8: an id that is not ASCII arrives encoded twice',
  },
}

/** A fixture for all tests: known differences are expected to fail, or are skipped. */
export const knownDifferences = {
  knownDifferences: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameters
    async ({}, use, testInfo) => {
      const reason = differences[engine][testInfo.titlePath.slice(1).join(' › ')]
      const waits = [opensWithFirstByte, keepsCancelled]
      const expect = waits.includes(reason) ? testInfo.skip : testInfo.fail
      if (reason) expect(true, `${engine} ${reason}`)
      await use()
    },
    { auto: true },
  ],
}
