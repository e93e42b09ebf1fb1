/** Apollo Server 5 in a process of its own, with the copy of the graphql package that it is to find. */

import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../../../node_modules', import.meta.url))
const program = fileURLToPath(new URL('apollo-process.mjs', import.meta.url))

/**
 * `graphql` names the package that Apollo Server gets for graphql: version 16 by default, an alias for another. It has
 * to be the only one of the process, and so the process sees a folder of links, in which that name leads to it.
 */
export async function startApollo({ graphql = 'graphql' } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'apollo-'))
  await mkdir(join(folder, 'node_modules'))
  for (const name of await readdir(packages)) {
    if (!name.startsWith('.')) {
      await symlink(join(packages, name === 'graphql' ? graphql : name), join(folder, 'node_modules', name))
    }
  }
  await symlink(program, join(folder, 'server.mjs'))
  const flags = ['--preserve-symlinks', '--preserve-symlinks-main']
  const child = spawn(process.execPath, [...flags, join(folder, 'server.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise((resolve, reject) => {
    child.stdout.once('data', line => resolve(String(line).trim()))
    child.once('exit', code => reject(new Error(`Apollo Server has ended with ${code}`)))
  })
  return {
    url,
    async close() {
      child.removeAllListeners('exit')
      const exited = new Promise(resolve => child.once('exit', resolve))
      child.kill()
      await exited
      await rm(folder, { recursive: true })
    },
  }
}
