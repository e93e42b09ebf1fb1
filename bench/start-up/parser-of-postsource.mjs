import { createParser } from '../../dist/parser.js'
import { measureParser } from './page.mjs'

await measureParser(() => {
  createParser({ onEvent() {} }).feed('data: a\n\n')
})
