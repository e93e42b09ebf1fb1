/** POST /chat: streams an answer in the shape of OpenAI's chat completions. */

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform', // no-transform keeps compression away, which would hold events back
  'x-accel-buffering': 'no',
}

export async function POST(request) {
  const { prompt } = await request.json()
  if (!process.env.OPENAI_API_KEY) return new Response(repeat(prompt), { headers })
  const answer = await fetch('https://api.openai.com/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${process.env.OPENAI_API_KEY}` },
    body: JSON.stringify({ model: 'gpt-5', stream: true, messages: [{ role: 'user', content: prompt }] }),
    signal: request.signal, // stops the model when the user leaves
  })
  // a refusal arrives with its status and its body, as an error with both
  return new Response(answer.body, {
    status: answer.status,
    headers: answer.ok ? headers : { 'content-type': 'application/json' },
  })
}

/** A model that repeats what it is told. */
function repeat(prompt) {
  const words = `You said: ${prompt}`.split(' ')
  return new ReadableStream({
    async pull(controller) {
      const word = words.shift()
      const chunk = JSON.stringify({ choices: [{ index: 0, delta: { content: `${word} ` } }] })
      controller.enqueue(new TextEncoder().encode(`data: ${word === undefined ? '[DONE]' : chunk}\n\n`))
      if (word === undefined) controller.close()
      else await new Promise(resolve => setTimeout(resolve, 100))
    },
  })
}
