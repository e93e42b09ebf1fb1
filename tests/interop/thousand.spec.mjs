/** A thousand streams in one page, over HTTP/2: what each costs while nothing comes, and that all of them live. */

import { readFile } from 'node:fs/promises'
import { expect, test } from '@playwright/test'
import { makeCertificate } from './servers/certificate.mjs'
import { serve } from './servers/serve.mjs'

/** Chromium opens no more than 256 streams on a connection, so there are four. */
const origins = 4
const streams = 1000
const mostWasmBytes = 1536

const held = new Set()

async function handle(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost')
  if (pathname.startsWith('/stream')) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    // half an event, so that every parser holds something
    response.write(`: hello\n\nid: 1\ndata: the first half, `)
    held.add(response)
    response.on('close', () => held.delete(response))
    return
  }
  if (!pathname.startsWith('/dist/'))
    return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>')
  const file = await readFile(new URL(`../..${pathname}`, import.meta.url))
  response.writeHead(200, { 'content-type': 'text/javascript' }).end(file)
}

test('a thousand streams in one page', async ({ page }) => {
  test.setTimeout(60_000)
  const certificate = makeCertificate()
  const servers = await Promise.all(Array.from({ length: origins }, () => serve(handle, { certificate })))
  try {
    await page.goto(`${servers[0].origin}/`)
    const measure = () =>
      page.evaluate(async () => {
        const { load } = await import('/dist/wasm/module.js')
        const { unfreedReaders } = await import('/dist/wasm/reader.js')
        const { sse } = await import('/dist/wasm/sse-reader.js')
        const wasm = await load(sse)
        return { wasm: wasm.bytes.length, heap: performance.memory.usedJSHeapSize, readers: unfreedReaders() }
      })
    const before = await measure()
    await page.evaluate(
      async ([urls, streams]) => {
        const { EventSource } = await import('/dist/index.js')
        globalThis.received = []
        globalThis.sources = Array.from({ length: streams }, (_, i) => {
          const source = new EventSource(`${urls[i % urls.length]}/stream?${i}`)
          source.onmessage = ({ data }) => globalThis.received.push(data)
          source.onerror = ({ error }) => globalThis.received.push(String(error))
          return source
        })
      },
      [servers.map(({ origin }) => origin), streams],
    )
    await expect.poll(() => held.size, { timeout: 30_000 }).toBe(streams)
    await expect.poll(async () => (await measure()).readers).toBe(streams)
    await page.waitForTimeout(500)
    const idle = await measure()
    for (const response of held) response.write('and the second\n\n')
    await expect.poll(() => page.evaluate(() => globalThis.received.length)).toBe(streams)
    expect(new Set(await page.evaluate(() => globalThis.received))).toEqual(
      new Set(['the first half, and the second']),
    )

    // all of the module's memory, what it needs without any stream included
    const wasm = idle.wasm / streams
    console.log(
      `a thousand streams, each with half an event: ${wasm.toFixed(0)} bytes of WebAssembly memory and ` +
        `${((idle.heap - before.heap) / streams / 1024).toFixed(1)} KiB of JavaScript heap a stream`,
    )
    expect(wasm).toBeLessThanOrEqual(mostWasmBytes)

    await page.evaluate(() => {
      for (const source of globalThis.sources) source.close()
    })
    await expect.poll(async () => (await measure()).readers).toBe(0)
    await expect.poll(() => held.size).toBe(0)
  } finally {
    for (const server of servers) await server.close()
  }
})
