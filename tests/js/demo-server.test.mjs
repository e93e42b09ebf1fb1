import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { findInside } from '../../demo/server/files.mjs'
import { startDemo } from '../../demo/server.mjs'

let demo
before(async () => {
  demo = await startDemo({ hasReactPage: false })
})
after(() => demo.close())

/** A request with its path as it is: `fetch` and `URL` would resolve it. */
function ask(path, { headers, method = 'GET' } = {}) {
  const { hostname, port } = new URL(demo.url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers: { connection: 'close', ...headers } })
    sent.on('error', reject).on('response', response => {
      let body = ''
      response.setEncoding('utf8').on('data', text => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
    })
    sent.end()
  })
}

test('the pages, the package and its sources are served', async () => {
  for (const path of ['/', '/inspector.html', '/inspector/inspector.js', '/dist/index.js', '/js/index.ts']) {
    const { status, headers } = await ask(path)
    assert.deepEqual([path, status, headers['x-content-type-options']], [path, 200, 'nosniff'])
  }
})

const outside = [
  '/dist/file:/etc/passwd',
  '/dist/file:///etc/passwd',
  '/dist/file%3A/etc/passwd',
  '/dist//etc/passwd',
  '/dist/%2Fetc%2Fpasswd',
  '//etc/passwd',
  '/dist/../package.json',
  '/dist/%2e%2e/package.json',
  '/dist/..%2Fpackage.json',
  '/dist/..%5Cpackage.json',
  '/dist/wasm/../../package.json',
  '/js/../../../etc/passwd',
  '/..%2Fserver.mjs',
  '/dist/http://127.0.0.1:1/',
  '/dist/data:text/html,x.html',
  '/dist/index.js%00.html',
  '/dist/.inputs',
  '/dist/',
  '/dist',
  '/dist/wasm',
  '/nowhere.html',
]
for (const path of outside) {
  test(`no file is served for ${path}`, async () => {
    const { status, body } = await ask(path)
    assert.equal(status, 404)
    assert.match(body, /"error":"nothing at /)
  })
}

test('hidden files and symbolic links to files outside the folder are not served', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postsource-'))
  try {
    mkdirSync(join(folder, 'served'))
    writeFileSync(join(folder, 'secret.txt'), '')
    writeFileSync(join(folder, 'served/page.html'), '')
    writeFileSync(join(folder, 'served/.hidden.html'), '')
    symlinkSync(join(folder, 'secret.txt'), join(folder, 'served/out.txt'))
    symlinkSync('page.html', join(folder, 'served/in.html'))
    const served = join(folder, 'served')
    assert.match(await findInside(served, 'in.html'), /page\.html$/)
    for (const name of ['out.txt', '.hidden.html', './page.html'])
      assert.deepEqual([name, await findInside(served, name)], [name, undefined])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the server listens on the loopback interface only', () => {
  assert.equal(new URL(demo.url).hostname, '127.0.0.1')
})

test('a request under a foreign name is refused, as of a page whose DNS entry now leads here', async () => {
  const { port } = new URL(demo.url)
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    'localhost.evil.example',
    '127.0.0.1.evil.example',
  ])
    assert.deepEqual([host, (await ask('/control/status', { headers: { host } })).status], [host, 421])
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, 'localhost'])
    assert.deepEqual([host, (await ask('/control/status', { headers: { host } })).status], [host, 200])
})

test('a request of another origin is refused, and its own pages are answered', async () => {
  const own = new URL(demo.url).origin
  for (const [origin, status] of [
    [own, 200],
    ['https://evil.example', 403],
    ['null', 403],
    ['http://127.0.0.1:1', 403],
  ]) {
    const answered = await ask('/control/drop?kind=clock', { method: 'POST', headers: { origin } })
    assert.deepEqual([origin, answered.status], [origin, status])
    assert.equal(answered.headers['access-control-allow-origin'], undefined)
  }
})

test('the GraphQL API shares nothing with other origins', async () => {
  const headers = { 'content-type': 'application/json', origin: new URL(demo.url).origin }
  const { status, headers: answered } = await ask('/graphql?query={hello}', { headers })
  assert.equal(status, 200)
  assert.equal(answered['access-control-allow-origin'], undefined)
})

test('an unreadable address is a bad request', async () => {
  assert.equal((await ask('//')).status, 400)
  assert.equal((await ask('/servers/%')).status, 400)
})
