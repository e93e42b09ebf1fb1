/** Serves files from a few folders, and nothing outside them. */

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

/** The folder for each prefix of a path. The first prefix that matches counts. */
const folders = {
  '/dist/': new URL('../../dist/', import.meta.url),
  '/js/': new URL('../../js/', import.meta.url),
  '/react/': reactPage,
  '/': new URL('../pages/', import.meta.url),
}

/** Answers with the file at `pathname`. Throws an HttpError 404 if there is none. */
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
 * Returns the path of the file in `folder` that `name`, a part of a URL's path, denotes. Returns undefined if there is
 * none, if it is hidden, or if it is outside of the folder (by `..`, an absolute path, a scheme or a symbolic link).
 */
export async function findInside(folder, name) {
  try {
    const decoded = decodeURIComponent(name)
    if (decoded.split(/[/\\]/).some(segment => segment.startsWith('.'))) return undefined
    const path = await realpath(join(folder, decoded))
    return path.startsWith(join(await realpath(folder), sep)) && extname(path) !== '' ? path : undefined
  } catch {
    // wrongly encoded, or no such file
    return undefined
  }
}
