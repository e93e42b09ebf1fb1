/**
 * `npm run api` writes docs/api/: the public surface of each entry point, as API Extractor reports it from dist. The reports
 * are in the repository, so that a change of the interface shows in its review. `-- --check` fails where they differ.
 */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from './build.mjs'
import { names } from './entry-points.mjs'
import { main, root } from './setup.mjs'

const folder = join(root, 'docs/api')

const compilerOptions = {
  target: 'ES2022',
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  lib: ['ES2022', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
  strict: true,
  skipLibCheck: true,
  types: [],
}

const silent = { default: { logLevel: 'none' } }

/** The report of an entry point, by name. `into` is a folder for what the tool writes. */
async function report(name, into) {
  const { Extractor, ExtractorConfig } = await import('@microsoft/api-extractor')
  const entry = join(root, `dist/${name}.d.ts`)
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: entry,
      compiler: { overrideTsconfig: { compilerOptions, files: [entry] } },
      apiReport: {
        enabled: true,
        reportFileName: name,
        reportFolder: into,
        reportTempFolder: join(into, 'temp'),
      },
      newlineKind: 'lf',
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: silent,
        tsdocMessageReporting: silent,
        compilerMessageReporting: silent,
      },
    },
  })
  Extractor.invoke(config, { localBuild: true, messageCallback: message => (message.handled = true) })
  const text = readFileSync(join(into, `${name}.api.md`), 'utf8')
  return text
    .replace(/^## API Report.*\n\n.*\n\n/, `# ${specifierOf(name)}\n\nWritten by \`npm run api\`.\n\n`)
    .replace('// (No @packageDocumentation comment for this package)\n\n', '')
}

const specifierOf = name => (name === 'index' ? 'postsource' : `postsource/${name}`)

await main(async args => {
  build()
  const into = mkdtempSync(join(tmpdir(), 'postsource-api-'))
  const reports = new Map()
  for (const name of names) reports.set(`${name}.md`, await report(name, into))
  rmSync(into, { recursive: true })
  if (!args.includes('--check')) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    for (const [file, text] of reports) writeFileSync(join(folder, file), text)
    return
  }
  const written = readdirSync(folder)
  const stale = [...new Set([...written, ...reports.keys()])].filter(
    file => !written.includes(file) || readFileSync(join(folder, file), 'utf8') !== reports.get(file),
  )
  for (const file of stale)
    console.log(`not ok docs/api/${file} is not what dist exports: run npm run api, and read the difference`)
  console.log(`${reports.size - stale.length} passed, ${stale.length} failed`)
  process.exitCode = stale.length === 0 ? 0 : 1
})
