/** Harper on PORT, with a table of its own, which outlives a restart on the same port. */

import { mkdirSync, rmSync } from 'node:fs'
import { start } from './upstream.mjs'

const { PORT } = process.env
const folder = `${process.cwd()}/run-${PORT}`
mkdirSync(`${folder}/home`, { recursive: true })
// a Harper that was killed leaves this behind, and the next one refuses to start
rmSync(`${folder}/data/hdb.pid`, { force: true })
start('node_modules/.bin/harperdb', ['dev', 'app'], {
  ...process.env,
  HOME: `${folder}/home`,
  ROOTPATH: `${folder}/data`,
  HTTP_PORT: PORT,
  // the other protocols have fixed ports by default
  OPERATIONSAPI_NETWORK_PORT: 'null',
  MQTT_NETWORK_PORT: 'null',
  MQTT_NETWORK_SECUREPORT: 'null',
  REPLICATION_SECUREPORT: 'null',
  NODE_HOSTNAME: 'localhost',
  REPLICATION_HOSTNAME: 'localhost',
  HDB_ADMIN_USERNAME: 'admin',
  HDB_ADMIN_PASSWORD: 'password',
  TC_AGREEMENT: 'yes',
  DEFAULTS_MODE: 'dev',
  THREADS_COUNT: '1',
  THREADS_DEBUG: 'false',
})
