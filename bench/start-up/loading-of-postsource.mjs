import { init } from '../../dist/index.js'
import { measureLoading } from './page.mjs'

await measureLoading(init)
