/** nginx on PORT in front of GraphQL Yoga, each in a process of its own; `node nginx.mjs http2` speaks HTTP/2 only. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { makeCertificate } from '../servers/certificate.mjs'
import { start, startUpstream } from './upstream.mjs'

const { PORT } = process.env
const upstream = await startUpstream()

const folder = `${process.cwd()}/run-${PORT}`
mkdirSync(`${folder}/tmp`, { recursive: true })
let listening = ';'
if (process.argv[2] === 'http2') {
  const { key, cert } = makeCertificate()
  writeFileSync(`${folder}/certificate.pem`, key + cert)
  listening = ` ssl http2;
    ssl_certificate certificate.pem;
    ssl_certificate_key certificate.pem;
    if ($server_protocol != HTTP/2.0) { return 505; }`
}
const template = readFileSync(new URL('nginx/nginx.conf', import.meta.url), 'utf8')
writeFileSync(
  `${folder}/nginx.conf`,
  template.replace('PORT;', () => PORT + listening).replaceAll('UPSTREAM', upstream),
)

start('usr/sbin/nginx', ['-p', folder, '-c', 'nginx.conf'])
