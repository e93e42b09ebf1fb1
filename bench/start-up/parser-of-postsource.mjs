import { createParser } from 'postsource/parser'
import { measureParser } from './page.mjs'

await measureParser(() => {
  createParser({ onEvent() {} }).feed('data: a\n\n')
})
