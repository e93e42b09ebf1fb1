/**
 * `npm run demo`: builds the package and serves the demo. `-- --check` tries the demo in a headless browser instead.
 */

import { spawn } from 'node:child_process'
import { build } from './build.mjs'
import { chromium, main, root, setup } from './setup.mjs'

await main(args => {
  const check = args.includes('--check')
  if (check) setup(['browser'])
  build()
  const script = check ? 'demo/check.mjs' : 'demo/server.mjs'
  const child = spawn(process.execPath, [script, ...args.filter(arg => arg !== '--check')], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, POSTSOURCE_CHROMIUM: chromium() },
  })
  // a terminal sends Ctrl-C to both processes: wait for the server, and exit with its status
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill())
  child.on('exit', (code, signal) => process.exit(signal === 'SIGINT' ? 130 : (code ?? 1)))
})
