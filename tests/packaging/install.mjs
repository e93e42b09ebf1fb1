/**
 * Folders as users have them: outside the repository, with the packed tarball installed. The tools of an environment
 * are installed once, in the user's cache folder, and linked into a new folder for every run.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { root } from '../../tools/setup.mjs'

const execute = promisify(execFile)
const here = path => fileURLToPath(new URL(path, import.meta.url))
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'postsource/packaging')
const npmOptions = ['--no-audit', '--no-fund', '--loglevel=error', '--save-exact']

/** Packs what has been built; returns the tarball's path and its `{ path, size }`s. */
export async function pack() {
  const folder = join(cache, 'tarball')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const options = ['--ignore-scripts', '--json', '--pack-destination', folder]
  const { stdout } = await execute('npm', ['pack', ...options], { cwd: root, maxBuffer: 2 ** 24 })
  const [{ filename, files }] = JSON.parse(stdout)
  return { tarball: join(folder, filename), files }
}

/** A new folder with the environment's app, tools and the tarball. Rejects with npm's own words where that fails. */
export async function prepare(name, { app, example, guide, packages, moduleType }, tarball) {
  const tools = await installTools(packages)
  const folder = join(cache, 'apps', name.replace(/\W+/g, '-').toLowerCase())
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  if (app) await cp(here(`apps/${app}`), folder, { recursive: true })
  if (example) await cp(join(root, 'examples', example), folder, { recursive: true })
  if (guide) await writeCode(join(root, guide), folder)
  await execute('cp', ['-al', join(tools, 'node_modules'), folder]).catch(() => {})
  if (!example) {
    const manifest = JSON.parse(await readFile(join(tools, 'package.json'), 'utf8'))
    await writeFile(join(folder, 'package.json'), JSON.stringify({ ...manifest, type: moduleType }))
  }
  await cp(join(tools, 'package-lock.json'), join(folder, 'package-lock.json'))
  // a peer that does not match is a failure, also where npm would only warn
  await npm(folder, [tarball, '--strict-peer-deps'])
  return folder
}

/** Writes the code of a guide: of each fence that names a file, as in "```jsx chat.jsx". */
async function writeCode(guide, folder) {
  const text = await readFile(guide, 'utf8')
  for (const [, name, code] of text.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```/gm))
    await writeFile(join(folder, name), code)
}

/** Writes the scenario with the address of the server, for either module system. */
export async function writeScenario(folder, origin) {
  const source = (await readFile(here('scenario.mjs'), 'utf8')).replace('__SERVER__', origin)
  await writeFile(join(folder, 'scenario.mjs'), source)
  const { code } = await transform(source, { format: 'cjs' })
  await writeFile(join(folder, 'scenario.cjs'), code)
}

/** The folder with these packages installed; what asks for the same waits for the first. */
function installTools(packages) {
  const manifest = JSON.stringify({ private: true, dependencies: packages })
  const folder = join(cache, 'tools', createHash('sha256').update(manifest).digest('hex').slice(0, 16))
  if (!installing.has(folder)) installing.set(folder, installOnce(folder, manifest))
  return installing.get(folder)
}

const installing = new Map()

/** In a folder aside, which gets its name when all is there. */
async function installOnce(folder, manifest) {
  const isThere = await readFile(join(folder, 'package.json')).catch(() => undefined)
  if (isThere) return folder
  const fresh = `${folder}.next`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { recursive: true })
  await writeFile(join(fresh, 'package.json'), manifest)
  await npm(fresh, [])
  await rename(fresh, folder)
  return folder
}

async function npm(folder, names) {
  try {
    await execute('npm', ['install', ...npmOptions, ...names], { cwd: folder, maxBuffer: 2 ** 24 })
  } catch (error) {
    throw new Error(`npm install failed:\n${error.stderr || error.message}`)
  }
}

/** The versions of an environment's packages, as installed. */
export async function versionsOf(folder, { packages }) {
  const versions = Object.keys(packages).map(async name => {
    const manifest = JSON.parse(await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8'))
    return `${name} ${manifest.version}`
  })
  return (await Promise.all(versions)).join(', ')
}
