/** Writes build/reference/: a page for each entry point, made of the docstrings. */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Application } from 'typedoc'
import { names } from '../tools/entry-points.mjs'
import { root } from '../tools/setup.mjs'

const specifierOf = name => (name === 'index' ? 'postsource' : `postsource/${name}`)

/** Rejects if a docstring links to what does not exist. */
export async function writeReference() {
  const folder = join(root, 'build/reference')
  rmSync(folder, { recursive: true, force: true })
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: names.map(name => join(root, `js/${name}.ts`)),
    tsconfig: join(root, 'tsconfig.json'),
    outputs: [{ name: 'markdown', path: folder }],
    // a page for an entry point, and tables in place of a heading for each member
    outputFileStrategy: 'modules',
    flattenOutputFiles: true,
    // its own anchors: it counts headings of the same name in another way than Markdown does
    useHTMLAnchors: true,
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    parametersFormat: 'table',
    typeDeclarationFormat: 'table',
    useCodeBlocks: true,
    hideBreadcrumbs: true,
    hideGroupHeadings: true,
    hidePageHeader: true,
    disableSources: true,
    excludeExternals: true,
    excludePrivate: true,
    readme: 'none',
    skipErrorChecking: true, // `npm run check` does it
    logLevel: 'Warn',
    treatWarningsAsErrors: true,
  })
  const project = await app.convert()
  for (const entry of project.children) entry.name = specifierOf(entry.name)
  await app.generateOutputs(project)
  if (app.logger.hasErrors() || app.logger.hasWarnings())
    throw new Error('TypeDoc reports problems: see above')
}
