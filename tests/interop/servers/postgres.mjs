/** A PostgreSQL of one's own: the system's programs, a new data folder, a socket in that folder and no network. */

import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

const startWithinMs = 20_000
/** A folder that is deleted needs no durability. */
const settings = {
  listen_addresses: '',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '16MB',
  max_connections: '30',
}

/** The folder of `initdb` and `postgres`: Debian keeps them out of the PATH, below their major version. */
function findPrograms() {
  const installed = '/usr/lib/postgresql'
  const versions = existsSync(installed) ? readdirSync(installed).sort((a, b) => Number(b) - Number(a)) : []
  const folders = versions.map(version => join(installed, version, 'bin')).concat(process.env.PATH.split(':'))
  const found = folders.find(folder =>
    ['initdb', 'postgres'].every(program => existsSync(join(folder, program))),
  )
  if (!found) throw new Error('a PostgreSQL server is needed; install the Debian package `postgresql`')
  return found
}

/** The user that runs the server. PostgreSQL refuses root, so root's tests run it as `postgres` or `nobody`. */
function serverUser() {
  if (process.getuid() !== 0) return {}
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
  const [, , uid, gid] =
    users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  return { uid: Number(uid), gid: Number(gid) }
}

/**
 * Starts an empty database. `config` is what `pg` connects with; `close()` stops the server and removes its folder,
 * which also happens when the process leaves without it.
 */
export async function startPostgres() {
  const programs = findPrograms()
  const user = serverUser()
  const folder = mkdtempSync(join(tmpdir(), 'postsource-pg-'))
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const config = { host: folder, port: 5432, user: 'postgres', database: 'postgres' }
  const remove = () => rmSync(folder, { recursive: true, force: true })

  let log = ''
  let server
  try {
    execFileSync(
      join(programs, 'initdb'),
      ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
      { ...user, cwd: folder, stdio: 'pipe' },
    )
    const options = Object.entries({ ...settings, unix_socket_directories: folder })
    server = spawn(
      join(programs, 'postgres'),
      ['-D', data, ...options.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    )
  } catch (error) {
    remove()
    throw error
  }
  server.stderr.setEncoding('utf8').on('data', text => {
    log += text
  })
  const exited = new Promise(resolve => server.on('exit', resolve))
  const abandon = () => {
    server.kill('SIGQUIT')
    remove()
  }
  process.once('exit', abandon)

  async function close() {
    process.off('exit', abandon)
    server.kill('SIGINT') // the fast shutdown
    await exited
    remove()
  }

  const deadline = performance.now() + startWithinMs
  for (;;) {
    const client = new pg.Client(config)
    try {
      await client.connect()
      await client.end()
      return { config, close }
    } catch (error) {
      if (server.exitCode === null && performance.now() < deadline) {
        await new Promise(resolve => setTimeout(resolve, 50))
        continue
      }
      await close()
      throw new Error(`PostgreSQL did not start: ${error.message}\n${log}`)
    }
  }
}
