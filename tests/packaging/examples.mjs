/**
 * The projects of examples/, installed with the packed tarball and used as their READMEs say. An environment of
 * environments.mjs, with two more members:
 *
 * - `example`: the folder in examples/, whose package.json says what is installed;
 * - `check`: uses the page at the address of `serve`, or where nothing is served calls `run(command)` for its output.
 */

import { readFileSync } from 'node:fs'
import { expect as playwright } from '@playwright/test'
import { serve } from '../interop/servers/serve.mjs'

/** On a machine that may be busy. */
const expect = playwright.configure({ timeout: 60_000 })

/** The packages that a project depends on, beside this one. */
function packagesOf(example) {
  const manifest = readFileSync(new URL(`../../examples/${example}/package.json`, import.meta.url), 'utf8')
  const { dependencies, devDependencies } = JSON.parse(manifest)
  const { postsource, ...packages } = { ...dependencies, ...devDependencies }
  return packages
}

const example = (name, more) => ({ example: name, packages: packagesOf(name), steps: [], ...more })

/** A chat that repeats what it is told answers whole, and stops when it is asked to. */
async function checkChat({ page }) {
  const ask = async prompt => {
    await page.getByLabel('prompt').fill(prompt)
    await page.getByRole('button', { name: 'Ask' }).click()
  }
  await ask('hello there')
  await expect(page.getByText('You said: hello there')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Ask' })).toBeEnabled()
  await expect(page.getByRole('alert').filter({ hasText: /./ })).toHaveCount(0)
  await ask('word '.repeat(600))
  await expect(page.getByText('You said: word word')).toBeVisible()
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(page.getByText('stopped')).toBeVisible()
}

/** A subscription counts, and a deferred field comes after the page is there. */
async function checkApollo({ page }) {
  await expect(page.getByRole('heading', { name: 'Sales' })).toBeVisible()
  await expect(page.getByText('Better than ever')).toBeVisible()
  await expect(page.locator('output')).toHaveText(/^1\d\d$/)
}

async function checkNumbers({ page }) {
  await expect(page.getByRole('status').filter({ hasText: 'connected' })).toBeVisible()
  await expect(page.locator('output')).toHaveText(/^([2-9]|\d\d+)$/)
}

/** The command prints the answer of a server with OpenAI's API, and says why there is none. */
async function checkCommand({ run }) {
  const sent = []
  const server = await serve(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    sent.push(JSON.parse(Buffer.concat(chunks)))
    if (sent.length > 1)
      return response.writeHead(429, { 'content-type': 'application/json' }).end('{"error":"slow down"}')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const content of ['Hel', 'lo'])
      response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`)
    response.end('data: [DONE]\n\n')
  })
  try {
    const ask = `MODEL_URL=${server.url} npm start --silent -- "What is a stream?"`
    expect(await run(ask)).toBe('Hello\n')
    expect(sent[0].messages).toEqual([{ role: 'user', content: 'What is a stream?' }])
    const refused = run(ask).then(
      () => '',
      error => error.message,
    )
    expect(await refused).toMatch(/The answer broke off: .*429[\s\S]*slow down/)
    expect(sent).toHaveLength(2)
  } finally {
    await server.close()
  }
}

export const examples = {
  'Example, Vite and React': example('vite-react-chat', {
    quick: true,
    build: 'npm run build',
    serve: 'npm run preview -- --port 0',
    check: checkChat,
  }),
  'Example, Next': example('next-chat', {
    build: 'npm run build',
    serve: 'npm start -- --port 0',
    check: checkChat,
  }),
  'Example, Node': example('node-language-model', { quick: true, check: checkCommand }),
  'Example, Apollo Client': example('apollo', {
    build: 'npm run build',
    serve: 'npm run preview -- --port 0',
    check: checkApollo,
  }),
  'Example, page without a build': example('page-without-build', {
    serve: 'PORT=0 npm start',
    check: checkNumbers,
  }),
}
