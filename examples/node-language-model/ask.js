/** Asks a language model, and prints its answer as it comes. Ctrl+C stops the model as well. */

import { StreamError, streamEvents } from 'postsource'

const {
  MODEL_URL = 'https://api.openai.com/v1/chat/completions',
  MODEL = 'gpt-5',
  OPENAI_API_KEY = '',
} = process.env
const prompt = process.argv.slice(2).join(' ')
if (prompt === '') {
  console.error('usage: npm start -- "What is a stream?"')
  process.exit(2)
}

const chunks = streamEvents(MODEL_URL, {
  json: { model: MODEL, stream: true, messages: [{ role: 'user', content: prompt }] },
  headers: { authorization: `Bearer ${OPENAI_API_KEY}` },
  until: '[DONE]',
  connectTimeout: 30_000,
})

try {
  for await (const { data } of chunks) {
    const [choice] = JSON.parse(data).choices
    process.stdout.write(choice?.delta.content ?? '')
  }
  process.stdout.write('\n')
} catch (error) {
  if (!(error instanceof StreamError)) throw error
  const refusal = error.body ? `\n${error.body}` : ''
  console.error(`\nThe answer broke off: ${error.message}${refusal}`)
  process.exitCode = 1
}
