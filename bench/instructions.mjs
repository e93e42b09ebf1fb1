/**
 * `node bench/instructions.mjs` compares the native parser with a plain search for the line ends of the same chunks:
 * instructions per byte (by callgrind, the same on every run) and time (the fastest of many rounds).
 * Arguments name workloads of bench/native/parse_stream.cpp. The default is token and id.
 */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { main, root } from '../tools/setup.mjs'

const chunkings = ['65536', '1400', '64']
const program = join(root, 'build/native/bench/native/parse_stream')

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed\n${error ?? stderr}`)
  return { stdout, stderr }
}

/** Subtracting one round from three removes the cost of starting the program. */
function instructionsPerByte(reader, workload, chunk) {
  const collected = rounds => {
    const args = [
      '--tool=callgrind',
      '--callgrind-out-file=/dev/null',
      program,
      reader,
      workload,
      chunk,
      rounds,
    ]
    const { stdout, stderr } = run('valgrind', args)
    return { bytes: Number(stdout.split(' ')[0]), count: Number(stderr.match(/Collected : (\d+)/)[1]) }
  }
  const one = collected('1')
  return (collected('3').count - one.count) / 2 / one.bytes
}

function nanoseconds(reader, workload, chunk) {
  return Number(run(program, [reader, workload, chunk, '200']).stdout.split(' ')[1])
}

await main(args => {
  run('cmake', ['--preset', 'native'])
  run('cmake', ['--build', '--preset', 'native', '--target', 'parse_stream'])
  console.log('workload  chunks    instructions a byte: parser, memchr    time: memchr over parser')
  for (const workload of args.length > 0 ? args : ['token', 'id']) {
    for (const chunk of chunkings) {
      const [parser, memchr] = ['sse', 'memchr'].map(reader => instructionsPerByte(reader, workload, chunk))
      const ratio = nanoseconds('memchr', workload, chunk) / nanoseconds('sse', workload, chunk)
      const figures = [
        parser.toFixed(2).padStart(28),
        memchr.toFixed(2).padStart(8),
        ratio.toFixed(2).padStart(24),
      ]
      console.log(workload.padEnd(10) + chunk.padEnd(6) + figures.join(''))
    }
  }
})
