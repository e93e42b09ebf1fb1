/** `npx postsource` as people and scripts use it: as a process, in a pipe, on a pseudo-terminal, with real servers. */

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startDemo } from '../../../demo/server.mjs'
import { serve } from '../../interop/servers/serve.mjs'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const command = join(root, 'dist/cli/main.js')
const native = join(root, 'build/native/src/cli/postsource')
const folder = mkdtempSync(join(tmpdir(), 'postsource-'))
const at = name => join(folder, name)
const sse = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }
const multipart = { 'content-type': 'multipart/mixed; boundary=graphql; subscriptionSpec=1.0' }
const part = json => `\r\n--graphql\r\nContent-Type: application/json\r\n\r\n${json}`

let demo
/** A server that answers with `handle`, which each test sets. */
let server
let handle
let closed

before(async () => {
  demo = await startDemo({ hasReactPage: false })
  server = await serve(async (request, response) => {
    request.text = await text(request)
    response.on('close', () => closed.resolve())
    return handle(request, response)
  })
})
beforeEach(() => {
  let resolve
  const promise = new Promise(done => {
    resolve = done
  })
  closed = { promise, resolve }
  server.requests.length = 0
})
after(async () => {
  await demo.close()
  await server.close()
  rmSync(folder, { recursive: true })
})

/** A process: `output` and `errors` so far, `until(pattern)` is in its output, and how it has `ended`. */
function start(program, args, env = {}) {
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, NO_COLOR: undefined, ...env },
    detached: true,
  })
  // what hangs is killed with all that it has started
  const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 30_000)
  const state = { child, output: '', errors: '' }
  child.stdout.setEncoding('utf8').on('data', text => {
    state.output += text
  })
  child.stderr.setEncoding('utf8').on('data', text => {
    state.errors += text
  })
  state.ended = new Promise(resolve => {
    child.on('close', status => {
      clearTimeout(timer)
      resolve({ ...state, status, lines: state.output.split('\n').slice(0, -1) })
    })
  })
  state.until = async pattern => {
    for (let i = 0; !pattern.test(state.output); i++) {
      assert.ok(i < 500, `${pattern} in ${state.output}`)
      await new Promise(done => setTimeout(done, 20))
    }
  }
  return state
}

const postsource = (...args) => start(process.execPath, [command, ...args])
/** Runs the command to its end; standard input is empty. */
const run = (...args) => {
  const process = postsource(...args)
  process.child.stdin.end()
  return process.ended
}
const parsed = ({ lines }) => lines.map(line => JSON.parse(line))

test('in a pipe: one JSON object a line, what happens to connections on standard error', async () => {
  const result = await run(`${demo.url}clock?every=20`, '--count', '3')
  assert.equal(result.status, 0, result.errors)
  const messages = parsed(result)
  assert.deepEqual(
    messages.map(({ kind, id }) => [kind, id]),
    [
      ['fields', undefined],
      ['event', '1'],
      ['event', '2'],
      ['event', '3'],
    ],
  )
  assert.match(
    result.errors,
    /^→ GET .*\/clock\?every=20\n← 200 text\/event-stream \(\d+ ms\)\n✕ closed after /,
  )
  const quiet = await run(`${demo.url}clock?every=20`, '-n', '1', '--quiet')
  assert.equal(quiet.errors, '')
  assert.equal(quiet.lines.length, 2)
})

test('a subscription: the query, its variables and its headers; complete is the end', async () => {
  const query = 'subscription A { clock { n } } subscription B($after: Int!) { failing(after: $after) }'
  const result = await run(
    ...[`${demo.url}graphql`, '--query', query, '--operation-name', 'B', '--variables', '{"after": 1}'],
  )
  assert.equal(result.status, 0, result.errors)
  assert.deepEqual(
    parsed(result)
      .filter(({ kind }) => kind === 'result')
      .map(({ payload: { data, errors } }) => data?.failing ?? errors?.[0].message),
    [1, 'failed on purpose'],
  )
  assert.equal(parsed(result).at(-1).kind, 'complete')
})

test('--query-file, --sse and --multipart, -H, -X and -d: what is asked', async () => {
  writeFileSync(at('query.graphql'), 'subscription { n }\n')
  writeFileSync(at('body.json'), '{"prompt":"Hello"}')
  let asked
  handle = (request, response) => {
    asked = request
    if (/text\/event-stream/.test(request.headers.accept)) {
      response.writeHead(200, sse).end('event: next\ndata: {"data":{"n":1}}\n\nevent: complete\ndata:\n\n')
    } else response.writeHead(200, multipart).end(`${part('{"payload":{"data":{"n":1}}}')}\r\n--graphql--`)
  }
  for (const option of ['--sse', '--multipart']) {
    const result = await run(
      server.url,
      '--query-file',
      'query.graphql',
      option,
      '-H',
      'Authorization: Bearer a: b',
    )
    assert.equal(result.status, 0, result.errors)
    const [{ kind }] = parsed(result)
    assert.equal(kind, 'result')
    assert.equal(JSON.parse(asked.text).query, 'subscription { n }\n')
    assert.equal(asked.method, 'POST')
    assert.equal(asked.headers.authorization, 'Bearer a: b')
    assert.equal(/event-stream/.test(asked.headers.accept), option === '--sse')
    assert.equal(/multipart/.test(asked.headers.accept), option === '--multipart')
  }
  handle = (request, response) => {
    asked = request
    response.writeHead(200, sse).end('data: 1\n\n')
  }
  assert.equal((await run(server.url, '-d', '@body.json')).status, 0)
  assert.deepEqual([asked.method, asked.text], ['POST', '{"prompt":"Hello"}'])
  assert.equal(asked.headers['content-type'], 'application/json')
  assert.equal((await run(server.url, '-d', '')).status, 0)
  assert.deepEqual([asked.method, asked.text], ['POST', ''])
  writeFileSync(at('body.bin'), Buffer.from([0xff, 0x00, 0xc3]))
  assert.equal((await run(server.url, '-d', '@body.bin')).status, 0)
  assert.equal(asked.headers['content-length'], '3')
  assert.equal((await run(server.url, '-d', 'a=b', '-X', 'PUT', '-H', 'content-type: text/x')).status, 0)
  assert.deepEqual([asked.method, asked.text, asked.headers['content-type']], ['PUT', 'a=b', 'text/x'])
})

test('payloads are printed as the server wrote them, with numbers of any length', async () => {
  handle = (_, response) =>
    response
      .writeHead(200, sse)
      .end('data: {"n": 12345678901234567890.10, "n": 2, "findings": [], "text": "\\u0007é"}\n\n')
  const { output } = await run(server.url)
  assert.match(
    output,
    /"payload":\{"n":12345678901234567890\.10,"n":2,"findings":\[\],"text":"\\u0007é"\},"findings":\[\]\}\n$/,
  )
})

const result = '{"payload":{"data":{"n":1}}}'
const closing = '\r\n--graphql--\r\n'
const query = ['--query', 'subscription { n }']
for (const { name, status, args = [], answer, says = /./ } of [
  {
    name: 'the server ends an event stream',
    status: 0,
    answer: [200, sse, 'data: 1\n\n'],
  },
  {
    name: '--inspect has found an error',
    status: 1,
    args: [...query, '--inspect'],
    answer: [200, multipart, part('{"payload":{"data":{"n":1},"errors":[]}}') + closing],
    says: /2 messages.* 1 error, /s,
  },
  {
    name: 'nobody has asked for findings',
    status: 0,
    args: query,
    answer: [200, multipart, part('{"payload":{"data":{"n":1},"errors":[]}}') + closing],
  },
  {
    name: 'a warning that does not count',
    status: 0,
    args: ['--inspect', '-d', '{}'],
    answer: [200, { ...sse, 'content-encoding': 'unheard-of' }, 'data: 1\n\n'],
    says: /1 warning/,
  },
  {
    name: 'a warning that counts',
    status: 1,
    args: ['--inspect', '--strict', '-d', '{}'],
    answer: [200, { ...sse, 'content-encoding': 'unheard-of' }, 'data: 1\n\n'],
    says: /1 warning/,
  },
  {
    name: 'a status that refuses',
    status: 3,
    answer: [403, { 'content-type': 'text/plain' }, 'not you'],
    says: /403.*\n {2}not you\n$/,
  },
  {
    name: 'a response of another type',
    status: 3,
    answer: [200, { 'content-type': 'text/html' }, '<h1>Welcome</h1>'],
    says: /text\/html/,
  },
  {
    name: 'a response that another option reads',
    status: 3,
    answer: [200, multipart, part('{}')],
    says: /multipart\/mixed.*\n {2}--multipart reads it\n/,
  },
  {
    name: 'a connection that breaks off',
    status: 4,
    answer: [200, { ...sse, 'content-length': 100 }, 'data: 1\n\n'],
    says: /postsource: the connection broke off/,
  },
  {
    name: 'JSON that is none',
    status: 5,
    args: query,
    answer: [200, multipart, part('{"payload":]}') + closing],
    says: /postsource: /,
  },
  {
    name: 'an error of the transport',
    status: 6,
    args: query,
    answer: [
      200,
      multipart,
      part(result) + part('{"payload":null,"errors":[{"message":"upstream is gone"}]}') + closing,
    ],
    says: /upstream is gone/,
  },
]) {
  test(`exit status ${status}: ${name}`, async () => {
    handle = (_, response) => {
      const [code, headers, body] = answer
      response.writeHead(code, headers)
      response.write(body)
      if (headers['content-length']) setTimeout(() => response.destroy(), 50)
      else response.end()
    }
    const found = await run(server.url, ...args)
    assert.equal(found.status, status, found.errors)
    assert.match(found.errors, says)
  })
}

test('exit status 4: no server answers', async () => {
  const { origin, close } = await serve(() => {})
  await close()
  const { status, errors } = await run(origin)
  assert.equal(status, 4)
  assert.match(errors, /ECONNREFUSED/)
})

test('exit status 124: --timeout came before --count; without --count it is the end', async () => {
  const early = await run(`${demo.url}clock?every=20`, '-n', '1000', '-t', '1')
  assert.equal(early.status, 124)
  assert.ok(early.lines.length > 1)
  assert.equal((await run(`${demo.url}clock?every=20`, '-t', '1')).status, 0)
  handle = () => {}
  const unanswered = await run(server.url, '-t', '0.5')
  assert.equal(unanswered.status, 124)
  assert.match(unanswered.errors, /there was no answer. If the server itself answers at once, a proxy/)
})

test('the reason for each reconnection is printed', async () => {
  const { origin, close } = await serve(() => {})
  await close()
  const { status, errors } = await run(origin, '--reconnect', '-t', '1')
  assert.equal(status, 124)
  assert.match(errors, /✕ failed after .*ECONNREFUSED/)
})

test('output that cannot be written: exit status 2 and a message', {
  skip: !existsSync('/dev/full'),
}, async () => {
  handle = (_, response) => response.writeHead(200, sse).end('data: 1\n\ndata: 2\n\n')
  for (const rest of ['-o /dev/full', '> /dev/full']) {
    const line = `"${process.execPath}" "${command}" ${server.url} --quiet ${rest}`
    const { status, errors } = await start('bash', ['-c', line]).ended
    assert.equal(status, 2, errors)
    assert.match(errors, /^postsource: .*cannot be written: ENOSPC.*\n$/)
  }
})

test('standard error is closed: the stream goes on', async () => {
  handle = async (_, response) => {
    response.writeHead(200, sse).write('data: 1\n\n')
    setTimeout(() => response.end('data: 2\n\n'), 100)
  }
  const found = postsource(server.url)
  found.child.stderr.destroy()
  const { status, lines } = await found.ended
  assert.deepEqual([status, lines.length], [0, 2])
})

test('control characters of a server do not reach the terminal, in refusals, types or errors', async () => {
  handle = (_, response) =>
    response.writeHead(403, { 'content-type': 'text/\u009b31m' }).end('<h1>\u001b[31mred\n<p>\u0007')
  const refused = await run(server.url)
  assert.match(refused.errors, /← 403 text\/\\u009b31m .*\n {2}<h1>\\u001b\[31mred\n {2}<p>\\u0007\n$/s)
  handle = (_, response) =>
    response
      .writeHead(200, multipart)
      .end(`${part('{"payload":null,"errors":[{"message":"\\u001b[31mred"}]}')}\r\n--graphql--`)
  assert.doesNotMatch((await run(server.url, ...query)).errors, new RegExp(esc))
  handle = (_, response) => response.writeHead(200, sse).end('data: {"a":"\u009b31m\u007f"}\n\n')
  const { output } = await run(server.url)
  assert.match(output, /\{"a":"\\u009b31m\\u007f"\}/)
})

test('styles are applied one by one, because Node 20.12 takes no lists of them', async () => {
  const source = readFileSync(join(root, 'dist/cli/printer.js'), 'utf8')
  assert.doesNotMatch(source, /\['(red|bold)', '/)
  const { status, output } = await run('--rules', '--color', 'always')
  assert.equal(status, 0)
  assert.ok(
    output.startsWith(`${esc}[31m${esc}[1merror   status${esc}[22m${esc}[39m\n`),
    output.slice(0, 100),
  )
})

for (const [says, ...args] of [
  [/pass one URL/],
  [/pass one URL/, 'http://a', 'http://b'],
  [/localhost:8080\/a is not an http or https URL.*ENOENT/, 'localhost:8080/a'],
  [/http:\/\/ is not a valid URL/, 'http://'],
  [/--nonsense/, 'http://a', '--nonsense'],
  [/--count must be a positive number, not 0/, 'http://a', '-n', '0'],
  [/--count must be a positive number, not 1\.5/, 'http://a', '-n', '1.5'],
  [/--timeout must be a positive number, not soon/, 'http://a', '-t', 'soon'],
  [/--variables must be a JSON object/, 'http://a', '-q', '{a}', '-v', '[1]'],
  [/--variables must be a JSON object/, 'http://a', '-q', '{a}', '-v', '{a}'],
  [/--variables needs a query/, 'http://a', '-v', '{}'],
  [/--operation-name needs a query/, 'http://a', '--operation-name', 'A'],
  [/cannot be sent by PUT; use GET or POST/, 'http://a', '-q', '{a}', '-X', 'PUT'],
  [/cannot be sent: .*GET/, 'http://a', '-d', '{}', '-X', 'GET'],
  [/cannot be sent: .*A B/, 'http://a', '-X', 'A B'],
  [/cannot be sent: .*credentials/, 'http://me:secret@a', '-r'],
  [/'name: value': A: € \(.*ByteString/, 'http://a', '-H', 'A: €'],
  [/'--count' argument is ambiguous/, 'http://a', '--count', '-1'],
  [/--query or --query-file/, 'http://a', '-q', '{a}', '-f', 'a'],
  [/--sse or --multipart/, 'http://a', '--sse', '--multipart'],
  [/--data or a query/, 'http://a', '-q', '{a}', '-d', '{}'],
  [/--idempotent needs --reconnect/, 'http://a', '-d', '{}', '--idempotent'],
  [/'name: value': nonsense/, 'http://a', '-H', 'nonsense'],
  [/'name: value': a b: c/, 'http://a', '-H', 'a b: c'],
  [/missing\.graphql cannot be read/, 'http://a', '-f', 'missing.graphql'],
  [/missing\/a cannot be written/, 'http://a', '-o', 'missing/a'],
  [/--color must be auto, always or never/, 'http://a', '--color', 'blue'],
]) {
  test(`exit status 2: ${args.join(' ') || 'no arguments'}`, async () => {
    const { status, errors, output } = await run(...args)
    assert.equal(status, 2, errors)
    assert.match(errors, says)
    assert.match(errors, /^postsource: .*; --help says more\n$/)
    assert.equal(output, '')
  })
}

test('--help, --version, --rules', async () => {
  assert.match((await run('--help')).output, /Usage: postsource URL .*Exit status:.*Ctrl-C/s)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  assert.equal((await run('--version')).output, `${version}\n`)
  const rules = parsed(await run('--rules'))
  assert.ok(rules.some(({ rule, standard }) => rule === 'errors-empty' && standard.startsWith('https://')))
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  assert.match(readme, new RegExp(`under ${rules.length}\\s+rules`))
})

/** Two numbers a connection, on behind the last one. */
function breaksOff({ headers }, response) {
  const last = Number(headers['last-event-id'] ?? 0)
  response.writeHead(200, sse).write('retry: 10\n\n')
  for (const n of [last + 1, last + 2]) response.write(`id: ${n}\ndata: ${n}\n\n`)
  setTimeout(() => response.destroy(), 30)
}

test('--reconnect resumes; without it a stream that breaks off is over', async () => {
  handle = breaksOff
  const found = await run(server.url, '--reconnect', '-n', '6')
  assert.equal(found.status, 0, found.errors)
  const events = parsed(found).filter(({ kind }) => kind === 'event')
  assert.deepEqual(
    events.map(({ id, connection }) => [id, connection]),
    [
      ['1', undefined],
      ['2', undefined],
      ['3', 2],
      ['4', 2],
      ['5', 3],
      ['6', 3],
    ],
  )
  assert.deepEqual(
    server.requests.map(({ headers }) => headers['last-event-id']),
    [undefined, '2', '4'],
  )
  assert.equal((await run(server.url)).status, 4)
})

test('--record keeps the stream without credentials; reading it again prints the same lines', async () => {
  handle = breaksOff
  const live = await run(
    ...[
      server.url,
      '-r',
      '-n',
      '5',
      '--inspect',
      '-o',
      'stream.json',
      '-H',
      'Authorization: secret',
      '-H',
      'X-A: 1',
    ],
  )
  assert.equal(live.status, 0, live.errors)
  const recording = readFileSync(at('stream.json'), 'utf8')
  assert.doesNotMatch(recording, /secret/)
  const { version, url, connections } = JSON.parse(recording)
  assert.deepEqual([version, url, connections.length], [1, server.url, 3])
  assert.deepEqual(connections[0].omittedHeaders, ['authorization', 'x-a'])
  assert.match(live.errors, /stream\.json leaves out the headers authorization, x-a/)
  const again = await run('stream.json', '--inspect')
  // times are kept to the microsecond
  const withoutTimes = ({ lines }) => lines.map(line => line.replace(/"time":[\d.]+/, ''))
  assert.deepEqual(withoutTimes(again).slice(0, live.lines.length), withoutTimes(live))
})

for (const [says, input] of [
  [/not a recording: .*JSON/, 'hello'],
  [/not a recording: it has no list of connections/, '[]'],
  [/not a recording: it has no list of connections/, 'null'],
  [/version 2, but this library reads version 1/, '{"version":2,"connections":[]}'],
  [/connection 1 of the recording cannot be read/, '{"version":1,"connections":[null]}'],
  [
    /connection 2 of the recording cannot be read/,
    `{"version":1,"connections":[${[
      '{"url":"a","method":"GET","startedAt":0,"end":1,"chunks":[]}',
      '{"url":"a","method":"GET","startedAt":0,"end":1,"chunks":[[1,"???"]]}',
    ]}]}`,
  ],
]) {
  test(`a file that is not a recording: ${input.slice(0, 40)}`, async () => {
    const process = postsource('-')
    process.child.stdin.end(input)
    const { status, errors } = await process.ended
    assert.equal(status, 2)
    assert.match(errors, says)
  })
}

test('interrupted: exit status 130, the stream is closed and its recording kept', async () => {
  const process = postsource(`${demo.url}clock?every=20`, '--record', 'interrupted.json')
  await process.until(/"id":"3"/)
  process.child.kill('SIGINT')
  const { status, lines, errors } = await process.ended
  assert.equal(status, 130)
  assert.match(errors, /✕ closed after/)
  const again = parsed(await run('interrupted.json'))
  assert.deepEqual(
    again.map(({ id }) => id),
    lines.map(line => JSON.parse(line).id),
  )
})

test('the reader closes the pipe: exit status 0, the stream is closed and its recording kept', async () => {
  handle = (_, response) => {
    let n = 0
    const timer = setInterval(() => response.write(`data: ${++n}\n\n`), 10)
    response.on('close', () => clearInterval(timer)).writeHead(200, sse)
  }
  const pipe = `"${process.execPath}" "${command}" ${server.url} --quiet -o enough.json | head -n 2; exit \${PIPESTATUS[0]}`
  const { status, lines, errors } = await start('bash', ['-c', pipe]).ended
  assert.equal(errors, '')
  assert.equal(status, 0)
  assert.equal(lines.length, 2)
  await closed.promise
  assert.ok((await run('enough.json')).lines.length > 2)
})

/** The command on a pseudo-terminal of its own. */
function onTerminal(args, env) {
  const quoted = [process.execPath, command, ...args].map(arg => `'${arg}'`).join(' ')
  return start('script', ['--quiet', '--return', '--flush', '--command', quoted, '/dev/null'], env)
}
const esc = '\u001b'

test('on a terminal: for people, in colours; Ctrl-C ends it', async () => {
  const process = onTerminal([`${demo.url}clock?every=20`, '--inspect'])
  await process.until(/id 3/)
  process.child.stdin.write('\u0003')
  const { status, output } = await process.ended
  assert.equal(status, 130)
  assert.match(output, new RegExp(`${esc}\\[1mevent${esc}\\[22m`))
  assert.match(output, /\d messages in \d+ bytes: 0 errors/)
  assert.doesNotMatch(output, /"kind"/)
})

test('on a terminal: control characters are written out; NO_COLOR, --color and --json', async () => {
  handle = (_, response) => response.writeHead(200, sse).end('event: \u001b[31mred\ndata: a\u009bb\n\n')
  const plain = await onTerminal([server.url], { NO_COLOR: '1' }).ended
  assert.equal(plain.status, 0)
  assert.ok(plain.output.includes('\\u001b[31mred'), plain.output)
  assert.ok(plain.output.includes('a\\u009bb'))
  assert.ok(!plain.output.includes(esc))
  const json = await onTerminal([server.url, '--json']).ended
  assert.match(json.output, /\{"number":1,"kind":"event"/)
  const coloured = await run(server.url, '--color', 'always')
  assert.ok(coloured.output.includes(`${esc}[1mevent`))
  assert.ok(!coloured.output.includes(`${esc}[31m`))
})

test('only with --idempotent, a POST or a mutation is sent again', async () => {
  handle = (request, response) => {
    const id = Number(request.headers['last-event-id'] ?? 0) + 1
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`retry: 1\nid: ${id}\ndata: ${id}\n\n`, () => response.destroy())
  }
  const again = await run(server.url, '-d', '{}', '-r', '--idempotent', '-n', '3')
  assert.equal(again.status, 0, again.errors)
  assert.equal(again.output.match(/"kind":"event"/g).length, 3)
  const once = await run(server.url, '-d', '{}', '-r', '-n', '3')
  assert.equal(once.status, 4)
  assert.equal(once.output.match(/"kind":"event"/g).length, 1)
  assert.match(once.errors, /not sent again, because it may have been carried out: set idempotent/)

  handle = (_, response) => {
    if (server.requests.length === 1) return response.destroy()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end('event: next\ndata: {"data":{"a":1}}\n\nevent: complete\ndata:\n\n')
  }
  for (const [args, status, requests] of [
    [['--idempotent'], 0, 2],
    [[], 4, 1],
  ]) {
    server.requests.length = 0
    const mutation = await run(server.url, '-q', 'mutation { a }', '-r', ...args)
    assert.deepEqual([mutation.status, server.requests.length], [status, requests], mutation.errors)
  }
})

test('the native command prints the same lines for the same recording', async () => {
  for (const args of [
    ['--preset', 'native'],
    ['--build', '--preset', 'native', '--target', 'postsource_cli'],
  ]) {
    const { status, stdout, stderr } = spawnSync('cmake', args, { cwd: root, encoding: 'utf8' })
    assert.equal(status, 0, stdout + stderr)
  }
  const plain = text => text.replaceAll(new RegExp(`${esc}\\[\\d+m`, 'g'), '')
  const streams = [
    ['broken/event-stream', '-t', '3'],
    ['broken/graphql-sse', ...query, '-t', '3'],
    ['broken/multipart', ...query, '-t', '3'],
    ['broken/utf-8'],
    ['servers/standard', '--reconnect', '-t', '3'],
  ]
  async function compare([name, ...args], number) {
    const file = `both-${number}.json`
    const { errors } = await run(demo.url + name, ...args, '-o', file)
    assert.match(errors, /← 200/)
    for (const options of [
      ['--inspect'],
      ['--inspect', '--color', 'always'],
      [],
      ['--strict', '--inspect'],
    ]) {
      const ours = await run(file, ...options)
      const theirs = await start(native, [...options, file]).ended
      assert.notEqual(ours.output, '')
      assert.equal(plain(ours.output), plain(theirs.output))
      assert.equal(ours.errors, theirs.errors)
      assert.equal(ours.status, theirs.status)
    }
  }
  await Promise.all(streams.map(compare))
})

test('a stream that ends within an event is told, and is exit status 4', async () => {
  handle = (_, response) => response.writeHead(200, sse).end('data: 1\n\ndata: 2\n')
  const ended = await run(server.url)
  assert.match(ended.errors, /ended within an event/)
  assert.equal(ended.status, 4)
})
