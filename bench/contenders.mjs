/**
 * The parsers that are measured. Each parses a list of chunks and passes each event to `take(type, data)`. Each gets
 * its input in the form that is fastest for it.
 */

import { getLines, getMessages } from '@microsoft/fetch-event-source/lib/esm/parse.js'
import { createParser } from 'eventsource-parser'
import { EventDecoder } from '../dist/event-source/event-decoder.js'
import { load } from '../dist/wasm/module.js'
import { sse } from '../dist/wasm/sse-reader.js'

const wasm = await load(sse)

export const contenders = {
  /** The lower bound: decodes the bytes and parses nothing. */
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
    // it also reports blocks without data, which the standard does not dispatch
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

/** The contender that the ratios are relative to. */
export const peer = 'eventsource-parser'
export const ours = 'postsource'
