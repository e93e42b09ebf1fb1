/** POST /chat: streams an answer, word by word. */

import { setTimeout as wait } from 'node:timers/promises'

export async function chat(request, response) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const { prompt } = JSON.parse(Buffer.concat(chunks).toString())

  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  })
  for await (const text of answer(prompt)) {
    if (response.destroyed) return // the user pressed Stop, or left
    response.write(`data: ${JSON.stringify({ text })}\n\n`)
  }
  response.end('data: [DONE]\n\n')
}

/** Your model. This one repeats what it is told. */
async function* answer(prompt) {
  for (const word of `You said: ${prompt}`.split(' ')) {
    yield `${word} `
    await wait(100)
  }
}
