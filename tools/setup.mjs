/**
 * Installs what the project needs to build and test: packages of npm and Debian, and Emscripten. It needs only Node,
 * and takes a moment if everything is installed. `npm run setup` runs it alone.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** What each kind of command needs beyond Node: Debian's package, and a check for its program or file. */
const needs = {
  build: [
    { package: 'cmake', found: () => which('cmake') },
    { package: 'ninja-build', found: () => which('ninja') },
    { package: 'python3', found: () => which('python3') },
    { package: 'xz-utils', found: () => which('xz') },
    { package: 'nlohmann-json3-dev', found: () => existsSync('/usr/include/nlohmann/json.hpp') },
  ],
  browser: [{ package: 'chromium', found: () => chromium() }],
  engines: [
    { package: 'firefox-esr', found: () => which('firefox-esr') ?? which('firefox') },
    { package: 'webkit2gtk-driver', found: () => miniBrowser() && which('WebKitWebDriver') },
    { package: 'xvfb', found: () => which('xvfb-run') },
    { package: 'xauth', found: () => which('xauth') },
  ],
  servers: [
    { package: 'postgresql', found: () => postgres() },
    { package: 'openssl', found: () => which('openssl') },
  ],
  bench: [
    { package: 'valgrind', found: () => which('valgrind') },
    { package: 'openssl', found: () => which('openssl') },
    { package: 'g++', found: () => which('g++') },
  ],
  // these have a package.json of their own
  site: [],
  plots: [],
  native: [
    { package: 'g++', found: () => which('g++') },
    { package: 'clang', found: () => which('clang++') },
    { package: 'clang-format', found: () => which('clang-format') },
    { package: 'clang-tidy', found: () => which('clang-tidy') },
    { package: () => `libclang-rt-${clangMajor()}-dev`, found: () => fuzzerRuntime() },
    { package: 'libgtest-dev', found: () => existsSync('/usr/include/gtest/gtest.h') },
    { package: 'libgmock-dev', found: () => existsSync('/usr/include/gmock/gmock.h') },
    { package: 'nlohmann-json3-dev', found: () => existsSync('/usr/include/nlohmann/json.hpp') },
    { package: 'libcli11-dev', found: () => existsSync('/usr/include/CLI/CLI.hpp') },
    { package: 'libfmt-dev', found: () => existsSync('/usr/include/fmt/color.h') },
  ],
}

/** The path of a program, or undefined. */
export function which(program) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {}
  }
  return undefined
}

/** The path of a Chromium: POSTSOURCE_CHROMIUM, or the first one on PATH. */
export function chromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  return process.env.POSTSOURCE_CHROMIUM ?? names.map(which).find(Boolean)
}

/** The path of WebKit's browser for tests, which Debian installs in a folder of the library. */
export function miniBrowser() {
  const libraries = '/usr/lib'
  const folders = ['', ...readdirSync(libraries)].map(name => join(libraries, name, 'webkit2gtk-4.1'))
  return folders.map(folder => join(folder, 'MiniBrowser')).find(existsSync)
}

/** Whether a PostgreSQL server is installed. Debian does not add its programs to the PATH. */
function postgres() {
  const installed = '/usr/lib/postgresql'
  return which('initdb') || (existsSync(installed) && readdirSync(installed).length > 0)
}

function clangMajor() {
  const clang = which('clang++')
  return clang ? execFileSync(clang, ['-dumpversion'], { encoding: 'utf8' }).split('.')[0] : '14'
}

function fuzzerRuntime() {
  const clang = which('clang++')
  if (clang === undefined) return false
  const resources = execFileSync(clang, ['-print-resource-dir'], { encoding: 'utf8' }).trim()
  return ['linux/libclang_rt.fuzzer-x86_64.a', 'x86_64-pc-linux-gnu/libclang_rt.fuzzer.a'].some(name =>
    existsSync(join(resources, 'lib', name)),
  )
}

class SetupError extends Error {}

/**
 * Installs what `kinds` ('build', 'browser', 'engines', 'servers', 'bench', 'site', 'plots', 'native') need. Throws a SetupError if it cannot.
 */
export function setup(kinds) {
  checkNode()
  installNodeModules(root)
  if (kinds.includes('site')) installNodeModules(join(root, 'site'))
  if (kinds.includes('plots')) installNodeModules(join(root, 'bench'))
  installPackages(kinds)
  process.env.PATH = join(root, 'node_modules/.bin') + delimiter + process.env.PATH
  if (kinds.includes('build')) Object.assign(process.env, emscripten())
}

/** Vite, which builds pages for the demo and the tests, needs a newer Node than the package itself. */
function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const isEnough = major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)
  if (!isEnough) throw new SetupError(`Node 20.19, 22.12 or newer is needed; this is ${process.version}`)
}

function installNodeModules(folder) {
  const lock = join(folder, 'package-lock.json')
  const installed = join(folder, 'node_modules/.package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return
  say('installing npm packages')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder])
}

function installPackages(kinds) {
  // twice, because the version of the runtime library depends on the installed compiler
  for (let round = 0; round < 2; round++) {
    const missing = kinds.flatMap(kind => needs[kind]).filter(need => !need.found())
    if (missing.length === 0) return
    const names = missing.map(need => (typeof need.package === 'function' ? need.package() : need.package))
    if (process.getuid?.() !== 0 || !which('apt-get') || round === 1) {
      throw new SetupError(
        `missing on this machine: ${names.join(' ')}\nas root: apt-get install ${names.join(' ')}`,
      )
    }
    say(`installing ${names.join(' ')}`)
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    run('apt-get', ['-qq', 'update'], environment)
    run('apt-get', ['-qq', '-y', '--no-install-recommends', 'install', ...names], environment)
  }
}

/** The environment that CMake's Emscripten toolchain file and emcc read. */
function emscripten() {
  const onPath = which('emcc')
  if (process.env.EMSCRIPTEN && existsSync(process.env.EMSCRIPTEN)) return {}
  if (onPath && emccMajor(onPath) >= 4) return { EMSCRIPTEN: emscriptenRoot(onPath) }
  if (process.env.EMSDK) return { EMSCRIPTEN: join(process.env.EMSDK, 'upstream/emscripten') }

  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const prefix = join(cache, 'postsource/emscripten')
  run('bash', [join(root, 'tools/install-emscripten.sh'), prefix])
  return { EMSCRIPTEN: join(prefix, 'usr/share/emscripten'), EM_CONFIG: join(prefix, 'config') }
}

function emccMajor(emcc) {
  const { stdout } = spawnSync(emcc, ['-dumpversion'], { encoding: 'utf8' })
  return Number.parseInt(stdout ?? '', 10) || 0
}

function emscriptenRoot(emcc) {
  return spawnSync('em-config', ['EMSCRIPTEN_ROOT'], { encoding: 'utf8' }).stdout?.trim() || join(emcc, '..')
}

function run(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0)
    throw new SetupError(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`)
}

function say(text) {
  console.log(`setup: ${text}`)
}

/** Runs a tool's main function. An error ends the process; of a SetupError only the message is printed. */
export async function main(body) {
  try {
    await body(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof SetupError ? `setup: ${error.message}` : error)
    process.exit(1)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(() => {
    setup(['build', 'browser', 'engines', 'servers', 'site', 'native'])
    say('everything is there')
  })
}
