/** The Cosmo Router that COSMO_ROUTER names, on PORT, with GraphQL Yoga as its only subgraph. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { start, startUpstream } from './upstream.mjs'

const { COSMO_ROUTER, PORT } = process.env
const upstream = await startUpstream()

const folder = `run-${PORT}`
mkdirSync(folder, { recursive: true })
const composed = readFileSync('config.json', 'utf8')
writeFileSync(`${folder}/config.json`, composed.replaceAll('127.0.0.1:1/', `127.0.0.1:${upstream}/`))
writeFileSync(`${folder}/router.yaml`, readFileSync('router.yaml', 'utf8').replaceAll('PORT', PORT))

start(COSMO_ROUTER, ['-config', `${folder}/router.yaml`], {
  ...process.env,
  COSMO_TELEMETRY_DISABLED: 'true',
  DO_NOT_TRACK: '1',
})
