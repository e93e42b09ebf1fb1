import { init } from 'postsource'
import { measureLoading } from './page.mjs'

await measureLoading(init)
