/** nginx on PORT in front of GraphQL Yoga, each in a process of its own. */

import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const { PORT } = process.env
const free = createServer().listen(0, '127.0.0.1')
await new Promise(resolve => free.once('listening', resolve))
const upstream = String(free.address().port)
await new Promise(resolve => free.close(resolve))

const folder = `${process.cwd()}/run-${PORT}`
mkdirSync(`${folder}/tmp`, { recursive: true })
const template = readFileSync(new URL('nginx/nginx.conf', import.meta.url), 'utf8')
writeFileSync(`${folder}/nginx.conf`, template.replace('PORT', PORT).replaceAll('UPSTREAM', upstream))

function start(command, args, env) {
  spawn(command, args, { env, stdio: 'inherit' }).on('exit', code => process.exit(code ?? 1))
}

const yoga = fileURLToPath(new URL('node-graphql.mjs', import.meta.url))
start(process.execPath, [yoga, 'yoga'], { ...process.env, PORT: upstream })
for (let isUp = false; !isUp; ) {
  await new Promise(resolve => setTimeout(resolve, 50))
  isUp = await fetch(`http://127.0.0.1:${upstream}/graphql?query={hello}`).then(
    ({ ok }) => ok,
    () => false,
  )
}
start('usr/sbin/nginx', ['-p', folder, '-c', 'nginx.conf'], process.env)
