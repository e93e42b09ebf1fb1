/**
 * Who is measured. Each turns a list of chunks into events and gives each to `take(type, data)`, fed the way that is
 * fastest for it.
 */

import { getLines, getMessages } from '@microsoft/fetch-event-source/lib/esm/parse.js'
import { createParser } from 'eventsource-parser'
import { EventDecoder } from '../dist/event-source/event-decoder.js'
import { load } from '../dist/wasm/module.js'
import { sse } from '../dist/wasm/sse-reader.js'

const wasm = await load(sse)

export const contenders = {
  /** The floor: the bytes as text, nothing parsed. */
  TextDecoder(chunks) {
    const decoder = new TextDecoder()
    let length = 0
    for (const chunk of chunks) length += decoder.decode(chunk, { stream: true }).length
    return length
  },

  'eventsource-parser'(chunks, take) {
    const decoder = new TextDecoder()
    const parser = createParser({ onEvent: ({ event, data }) => take(event ?? 'message', data) })
    for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }))
  },

  'fetch-event-source'(chunks, take) {
    // it also reports blocks without data, which are no events
    const onMessage = ({ event, data }) => data !== '' && take(event || 'message', data)
    const onChunk = getLines(
      getMessages(
        () => {},
        () => {},
        onMessage,
      ),
    )
    for (const chunk of chunks) onChunk(chunk)
  },

  postsource(chunks, take) {
    const decoder = new EventDecoder(wasm)
    for (const chunk of chunks) {
      for (const { type, data } of decoder.decode(chunk)) take(type, data)
    }
    decoder.free()
  },
}

/** Whom the ratios are over. */
export const peer = 'eventsource-parser'
export const ours = 'postsource'
