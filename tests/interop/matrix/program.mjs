/** The programs of the servers: each is set up once in a folder of its own, started on a free port, and killed. */

import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'

const programs = fileURLToPath(new URL('../programs', import.meta.url))
const startWithinMs = 120_000

/** Where the programs are set up: the user's cache folder. */
export const cache = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'postsource',
  `interop-${process.versions.modules}`,
)

const running = new Set()
process.on('exit', () => {
  for (const child of running) kill(child)
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

/** Kills a program and what it has started. */
function kill(child) {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

/** What the set-up of a server depends on: its files and its commands. */
function fingerprint({ files = [], setUp }) {
  const hash = createHash('sha256').update(JSON.stringify(setUp))
  for (const file of files.flatMap(listFiles)) hash.update(file).update(readFileSync(join(programs, file)))
  return hash.digest('hex')
}

function listFiles(path) {
  try {
    return readdirSync(join(programs, path), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath ?? entry.path, entry.name).slice(programs.length + 1))
      .sort()
  } catch (error) {
    if (error.code !== 'ENOTDIR') throw error
    return [path]
  }
}

/**
 * Copies the program's `files` into a folder of the cache and runs the commands of `setUp` there, unless that has been done
 * with the same files and commands. Returns the folder, and how many seconds the set-up took when it was run.
 */
export function setUp(server) {
  const folder = join(cache, server.folder ?? 'none')
  const stamp = join(folder, '.set-up.json')
  const print = fingerprint(server)
  const done = existsSync(stamp) ? JSON.parse(readFileSync(stamp, 'utf8')) : {}
  if (done.print === print) return { folder, seconds: done.seconds }
  mkdirSync(folder, { recursive: true })
  rmSync(stamp, { force: true })
  for (const file of server.files ?? []) {
    const isFolder = listFiles(file)[0] !== file
    cpSync(join(programs, file), isFolder ? folder : join(folder, file.split('/').at(-1)), {
      recursive: true,
    })
  }
  const begin = performance.now()
  for (const command of server.setUp) {
    const since = ((performance.now() - begin) / 1000).toFixed(0)
    console.log(`  ${server.folder}, after ${since} s: ${command.join(' ')}`)
    run(command, folder)
  }
  const seconds = Math.round((performance.now() - begin) / 1000)
  writeFileSync(stamp, JSON.stringify({ print, seconds }))
  return { folder, seconds }
}

function run([program, ...args], cwd) {
  try {
    execFileSync(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 })
  } catch (error) {
    if (error.code === 'ENOENT')
      throw new Error(`${program} is not on the PATH; install it, or name other servers`)
    const output = `${error.stdout ?? ''}\n${error.stderr ?? ''}`.trim().split('\n').slice(-15).join('\n')
    throw new Error(`${program} ${args.join(' ')} failed in ${cwd}:\n${output}`)
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/**
 * Starts a program that is set up, with the environment variable PORT; `isSecure` has a certificate of its own. `origin` is its address. `kill()` kills it, and
 * `start()` starts it again on the same port.
 */
export async function startProgram({ name, command, environment = {}, isSecure }, folder) {
  const port = await freePort()
  const origin = `${isSecure ? 'https' : 'http'}://127.0.0.1:${port}`
  const log = join(folder, `server-${port}.log`)
  let child

  async function start() {
    mkdirSync(folder, { recursive: true })
    const output = openSync(log, 'w')
    const env = { ...process.env, ...environment, PORT: String(port) }
    child = spawn(command[0], command.slice(1), {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', output, output],
    })
    running.add(child)
    child.exited = new Promise(resolve => child.once('exit', resolve))
    let failure
    child.once('error', error => {
      failure = error
    })
    const deadline = performance.now() + startWithinMs
    while (!(await (isSecure ? shakesHands(port) : answers(origin)))) {
      if (!failure && child.exitCode === null && performance.now() < deadline) {
        await new Promise(resolve => setTimeout(resolve, 50))
        continue
      }
      kill(child)
      throw new Error(
        `${name} did not start: ${failure?.message ?? ''}\n${readFileSync(log, 'utf8').slice(-2000)}`,
      )
    }
  }

  async function stop() {
    kill(child)
    await child.exited
    running.delete(child)
  }

  await start()
  return { origin, folder, start, kill: stop }
}

async function answers(origin) {
  try {
    await (await fetch(origin, { headers: { connection: 'close' } })).arrayBuffer()
    return true
  } catch {
    return false
  }
}

/** Whether there is a TLS server; its certificate is self-signed. */
function shakesHands(port) {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] })
    socket.once('secureConnect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('close', () => resolve(false)).once('secureConnect', () => socket.destroy())
  })
}
