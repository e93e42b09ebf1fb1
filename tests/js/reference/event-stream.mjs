/**
 * A plain implementation of the standard's algorithm, neither incremental nor fast, to check the vectors:
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** Returns the log of a whole stream, as tests/vectors/README.md describes it. */
export function parseEventStream(bytes, { reportIgnored = false, maxMessageBytes = Infinity } = {}) {
  const log = []
  let data = []
  let type = ''
  let id
  let lastEventId = ''

  for (const line of linesOf(stripByteOrderMark(bytes))) {
    if (line.length === 0) {
      if (id !== undefined) lastEventId = id
      if (data.length > 0) log.push({ type: type || 'message', data: data.join('\n'), lastEventId })
      else if (id !== undefined) log.push({ lastEventId })
      data = []
      type = ''
      id = undefined
      continue
    }
    const isReported = reportIgnored && line.length <= maxMessageBytes
    const colon = line.indexOf(0x3a)
    const name = utf8.decode(colon < 0 ? line : line.subarray(0, colon))
    let value = colon < 0 ? line.subarray(line.length) : line.subarray(colon + 1)
    if (colon === 0) {
      if (isReported) log.push({ comment: utf8.decode(value) })
      continue
    }
    if (value[0] === 0x20) value = value.subarray(1)
    const text = utf8.decode(value)
    if (name === 'data') data.push(text)
    else if (name === 'event') type = text
    else if (name === 'id' && !text.includes('\0')) id = text
    else if (name === 'retry' && /^[0-9]+$/.test(text)) log.push({ retry: text })
    else if (name !== 'id' && isReported) log.push({ ignored: utf8.decode(line) })
  }
  return log
}

function stripByteOrderMark(bytes) {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}

/** Returns the complete lines. */
function linesOf(bytes) {
  const lines = []
  let begin = 0
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 0x0a && bytes[at] !== 0x0d) continue
    lines.push(bytes.subarray(begin, at))
    if (bytes[at] === 0x0d && bytes[at + 1] === 0x0a) at++
    begin = at + 1
  }
  return lines
}
