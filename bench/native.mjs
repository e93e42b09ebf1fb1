/**
 * Compares the native parser with a plain search for the line ends of the same chunks: instructions per byte (by
 * callgrind, the same on every run) and time (the fastest of many rounds).
 */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root, which } from '../tools/setup.mjs'

/** Workloads of bench/native/parse_stream.cpp. */
const workloads = ['token', 'graphql', 'id']
const chunkings = { '64 KiB': '65536', '1400 B': '1400', '64 B': '64' }
const program = join(root, 'build/native/bench/native/parse_stream')

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed\n${error ?? stderr}`)
  return { stdout, stderr }
}

/** Subtracting one round from three removes the cost of starting the program. */
function instructionsPerByte(...args) {
  const collected = rounds => {
    const callgrind = ['--tool=callgrind', '--callgrind-out-file=/dev/null', program, ...args, rounds]
    const { stdout, stderr } = run('valgrind', callgrind)
    return { bytes: Number(stdout.split(' ')[0]), count: Number(stderr.match(/Collected : (\d+)/)[1]) }
  }
  const one = collected('1')
  return (collected('3').count - one.count) / 2 / one.bytes
}

const nanoseconds = (...args) => Number(run(program, [...args, '200']).stdout.split(' ')[1])

/** Calls `report` with each row; `instructions` only where valgrind is installed. */
export function measureNative(report) {
  run('cmake', ['--preset', 'native'])
  run('cmake', ['--build', '--preset', 'native', '--target', 'parse_stream'])
  for (const workload of workloads) {
    for (const [chunking, bytes] of Object.entries(chunkings)) {
      const both = measure => ['sse', 'memchr'].map(reader => measure(reader, workload, bytes))
      const [parser, memchr] = both(nanoseconds)
      const instructions = which('valgrind') ? both(instructionsPerByte) : undefined
      report({ workload, chunking, instructions, ratio: memchr / parser })
    }
  }
}
