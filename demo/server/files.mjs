/** The files that the demo serves as they are, from a few folders and from nowhere else. */

import { readFile, realpath } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { reactPage } from '../react/build.mjs'
import { HttpError } from './http.mjs'

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.ts': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
}

/** The folder behind each beginning of a path, the longer ones first. */
const folders = {
  '/dist/': new URL('../../dist/', import.meta.url),
  '/js/': new URL('../../js/', import.meta.url),
  '/react/': reactPage,
  '/': new URL('../pages/', import.meta.url),
}

/** Answers with the file at `pathname`. Throws an HttpError 404 where there is none. */
export async function serveFile(pathname, response) {
  const [prefix, folder] = Object.entries(folders).find(([prefix]) => pathname.startsWith(prefix))
  const path = await findInside(fileURLToPath(folder), pathname.slice(prefix.length) || 'index.html')
  if (path === undefined) throw new HttpError(404, `nothing at ${pathname}`)
  const headers = {
    'content-type': types[extname(path)] ?? 'application/octet-stream',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache',
  }
  response.writeHead(200, headers).end(await readFile(path))
}

/**
 * The path of a file within `folder`, whose encoded path in a URL is `name`; undefined where there is none. A hidden file
 * is none, nor is what `..`, a drive, a scheme or a symbolic link finds outside.
 */
export async function findInside(folder, name) {
  try {
    const decoded = decodeURIComponent(name)
    if (decoded.split(/[/\\]/).some(segment => segment.startsWith('.'))) return undefined
    const path = await realpath(join(folder, decoded))
    return path.startsWith(join(await realpath(folder), sep)) && extname(path) !== '' ? path : undefined
  } catch {
    // badly encoded, or not there
    return undefined
  }
}
