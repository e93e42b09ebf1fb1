/** nginx on PORT in front of GraphQL Yoga, each in a process of its own. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { start, startUpstream } from './upstream.mjs'

const { PORT } = process.env
const upstream = await startUpstream()

const folder = `${process.cwd()}/run-${PORT}`
mkdirSync(`${folder}/tmp`, { recursive: true })
const template = readFileSync(new URL('nginx/nginx.conf', import.meta.url), 'utf8')
writeFileSync(`${folder}/nginx.conf`, template.replace('PORT', PORT).replaceAll('UPSTREAM', upstream))

start('usr/sbin/nginx', ['-p', folder, '-c', 'nginx.conf'])
