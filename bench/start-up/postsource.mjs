import { EventSource } from '../../dist/index.js'
import { measureStream } from './page.mjs'

await measureStream((onOpen, onEvent) => {
  const source = new EventSource('/events')
  source.onopen = onOpen
  source.onmessage = onEvent
})
