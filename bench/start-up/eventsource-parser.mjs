import { createParser } from 'eventsource-parser'
import { measureStream } from './page.mjs'

await measureStream(async (onOpen, onEvent) => {
  const { body } = await fetch('/events', { headers: { accept: 'text/event-stream' } })
  onOpen()
  const parser = createParser({ onEvent })
  const decoder = new TextDecoder()
  const reader = body.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    parser.feed(decoder.decode(read.value, { stream: true }))
  }
})
