/** GraphQL Yoga in a process of its own, for the programs that stand in front of it. */

import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const yoga = fileURLToPath(new URL('node-graphql.mjs', import.meta.url))

/** Starts a program that ends this one when it exits, or when it cannot be started. */
export function start(command, args, env = process.env) {
  spawn(command, args, { env, stdio: 'inherit' })
    .on('error', error => {
      console.error(`${command} was not started: ${error.message}`)
      process.exit(1)
    })
    .on('exit', code => process.exit(code ?? 1))
}

/** Starts GraphQL Yoga on a free port, and resolves with the port once it answers. */
export async function startUpstream() {
  const free = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => free.once('listening', resolve))
  const port = String(free.address().port)
  await new Promise(resolve => free.close(resolve))
  start(process.execPath, [yoga, 'yoga'], { ...process.env, PORT: port })
  for (let isUp = false; !isUp; ) {
    await new Promise(resolve => setTimeout(resolve, 50))
    isUp = await fetch(`http://127.0.0.1:${port}/graphql?query={hello}`).then(
      ({ ok }) => ok,
      () => false,
    )
  }
  return port
}
