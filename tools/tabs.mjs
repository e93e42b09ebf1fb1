/**
 * `npm run test:tabs` opens, closes, reloads, freezes and crashes tabs that share a stream, at random: five seeds of 30
 * seconds each. `-- --seconds N --seeds N` sets both.
 */

import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { build } from './build.mjs'
import { chromium, main, root, setup } from './setup.mjs'

await main(args => {
  const options = { seconds: { type: 'string', default: '30' }, seeds: { type: 'string', default: '5' } }
  const { seconds, seeds } = parseArgs({ args, options }).values
  setup(['build', 'browser'])
  build()
  const { status } = spawnSync(
    'playwright',
    ['test', '--config', 'tests/browser/playwright.config.mjs', '--workers=1', 'tabs-random'],
    {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        POSTSOURCE_CHROMIUM: chromium(),
        POSTSOURCE_TABS_SECONDS: seconds,
        POSTSOURCE_TABS_SEEDS: seeds,
      },
    },
  )
  process.exitCode = status ?? 1
})
