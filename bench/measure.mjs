/** Runs the contenders over a workload, in turns, and compares them within each round. */

import { contenders, ours, peer } from './contenders.mjs'
import { chunkings, makeChunks, workloads } from './workloads.mjs'

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

/** A checksum of every event's type and data. */
function fingerprint(run, chunks) {
  let hash = 0
  let count = 0
  run(chunks, (type, data) => {
    count++
    for (const text of [type, data]) {
      for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
    }
  })
  return `${count} events, hash ${hash}`
}

/** Throws unless all contenders give the same events. */
function checkEqual(name, chunking, chunks) {
  const expected = fingerprint(contenders[ours], chunks)
  for (const [contender, run] of Object.entries(contenders)) {
    if (contender === 'TextDecoder') continue
    const actual = fingerprint(run, chunks)
    if (actual !== expected)
      throw new Error(`${name}, ${chunking}: ${contender} gives ${actual}, ${ours} ${expected}`)
  }
}

function time(run, chunks, json) {
  let sink = 0
  const take = json
    ? (_type, data) => {
        sink += Object.keys(JSON.parse(data)).length
      }
    : (_type, data) => {
        sink += data.length + data.charCodeAt(data.length - 1)
      }
  const begin = performance.now()
  run(chunks, take)
  const ms = performance.now() - begin
  globalThis.sink = sink
  return ms
}

function measure(name, chunking, json, { bytes, rounds }) {
  const size = chunking === '1 to 7 B' ? bytes / 8 : bytes
  const chunks = makeChunks(name, chunking, size)
  const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  const names = Object.keys(contenders)
  checkEqual(name, chunking, chunks)
  for (const contender of names) for (let i = 0; i < 5; i++) time(contenders[contender], chunks, json)

  const times = Object.fromEntries(names.map(contender => [contender, []]))
  for (let round = 0; round < rounds; round++) {
    // each contender goes first equally often, because the first one pays for the garbage of the last one
    for (let i = 0; i < names.length; i++) {
      const contender = names[(i + round) % names.length]
      times[contender].push(time(contenders[contender], chunks, json))
    }
  }
  const ratios = times[peer].map((ms, round) => ms / times[ours][round])
  return {
    workload: name,
    chunking,
    json,
    mbPerSecond: Object.fromEntries(
      names.map(contender => [contender, total / 1000 / median(times[contender])]),
    ),
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
  }
}

/** Measures all rows that pass `filter`, and calls `report` with each. */
export async function measureAll({ quick, filter }, report = () => {}) {
  const effort = quick ? { bytes: 4 << 20, rounds: 5 } : { bytes: 8 << 20, rounds: 15 }
  const rows = []
  for (const [name, { json }] of Object.entries(workloads)) {
    for (const chunking of chunkings) {
      for (const parseJson of json ? [false, true] : [false]) {
        if (filter && !`${name} ${chunking} ${parseJson ? 'json' : ''}`.includes(filter)) continue
        const row = measure(name, chunking, parseJson, effort)
        rows.push(row)
        await report(row)
      }
    }
  }
  return rows
}
