/** Loads the WebAssembly modules, each once, on first use. */

import { reasonOf, StreamError } from '../stream/errors.ts'
import { chunkHint } from '../stream/load-chunk.ts'
import type { AllExports, StreamExports } from './exports.ts'
import { fromHex } from './hex.ts'
import { WasmModule } from './memory.ts'

/** The state of a module that is loaded once. */
interface Slot<Exports extends StreamExports> {
  module?: WasmModule<Exports>
  loading?: Promise<WasmModule<Exports>>
}

/** A module that the package embeds. */
export interface Embedded<Exports extends StreamExports> extends Slot<Exports> {
  /** Its bytes. */
  readonly hex: string
}

/** The source of a module: its address, a response, its bytes, or the compiled module. */
export type WasmSource = string | URL | Response | BufferSource | WebAssembly.Module

/** The options of `init`; all are optional. */
export interface InitOptions {
  /** The source of `postsource/postsource.wasm`, which then replaces the embedded modules. */
  wasm?: WasmSource | undefined
  /**
   * Whether the same parsers may be loaded as JavaScript if WebAssembly cannot be compiled, as under the content
   * security policy `script-src 'self'`. True by default. They are a separate chunk.
   */
  fallback?: boolean | undefined
}

/** Loads what init() was given. A function, so that only pages that call init() have the code. */
let source: (() => Promise<WasmModule<AllExports>>) | undefined
let mayFallBack = true
/** The module for all formats: the one that was passed to init(), or the fallback. */
const whole: Slot<AllExports> = {}

/** The `init` of an entry point. `embedded` is the module that the entry point needs. */
export async function initialize(
  embedded: Embedded<StreamExports>,
  { wasm, fallback = true }: InitOptions,
): Promise<void> {
  mayFallBack = fallback
  source = undefined
  if (wasm !== undefined) {
    source = () => compileFrom(wasm)
    delete whole.module
    delete whole.loading
  }
  await load(embedded)
}

/**
 * Returns the module, compiled asynchronously. Rejects with a StreamError `unsupported` if neither WebAssembly nor the
 * fallback can be loaded; the next call tries again. An unhandled rejection is not reported.
 */
export function load<Exports extends StreamExports>(
  embedded: Embedded<Exports>,
): Promise<WasmModule<Exports>> {
  if (source === undefined) return once(embedded, () => compileEmbedded(embedded))
  return once(whole, source) as unknown as Promise<WasmModule<Exports>>
}

/**
 * Returns the module synchronously, from the embedded bytes. Throws a StreamError `unsupported`
 * if WebAssembly cannot be compiled, unless `load` has resolved before.
 */
export function loadSync<Exports extends StreamExports>(embedded: Embedded<Exports>): WasmModule<Exports> {
  const ready = loaded(embedded)
  if (ready !== undefined) return ready
  try {
    const compiled = new WebAssembly.Module(fromHex(embedded.hex))
    embedded.module = instanceOf(compiled, new WebAssembly.Instance(compiled))
  } catch (cause) {
    throw unsupported(`WebAssembly cannot be compiled here (${reasonOf(cause)}): await init() first`, cause)
  }
  return embedded.module
}

/**
 * For requests that must not be sent if the response cannot be read. Returns undefined if the module can be compiled;
 * else a promise of the module, which the caller awaits before sending. The first call takes a fraction of a
 * millisecond.
 */
export function ensureReadable(embedded: Embedded<StreamExports>): Promise<unknown> | undefined {
  const isCertain = loaded(embedded) !== undefined || (source === undefined && canCompile())
  return isCertain ? undefined : load(embedded)
}

function loaded<Exports extends StreamExports>(embedded: Embedded<Exports>): WasmModule<Exports> | undefined {
  return source === undefined ? embedded.module : (whole.module as WasmModule<Exports> | undefined)
}

function once<Exports extends StreamExports>(
  slot: Slot<Exports>,
  make: () => Promise<WasmModule<Exports>>,
): Promise<WasmModule<Exports>> {
  if (slot.module !== undefined) return Promise.resolve(slot.module)
  if (slot.loading === undefined) {
    const loading = make().then(
      module => {
        slot.module ??= module
        return slot.module
      },
      cause => {
        if (slot.loading === loading) delete slot.loading
        throw cause
      },
    )
    loading.catch(() => {})
    slot.loading = loading
  }
  return slot.loading
}

async function compileEmbedded<Exports extends StreamExports>(
  embedded: Embedded<Exports>,
): Promise<WasmModule<Exports>> {
  try {
    const { module, instance } = await WebAssembly.instantiate(fromHex(embedded.hex))
    return instanceOf(module, instance)
  } catch (cause) {
    const reason = `WebAssembly cannot be compiled here (${reasonOf(cause)})`
    if (!mayFallBack)
      throw unsupported(
        `${reason}, and init({ fallback: false }) forbids the fallback; allow it or WebAssembly`,
        cause,
      )
    const fallback = await once(whole, () => loadFallback(reason))
    return fallback as unknown as WasmModule<Exports>
  }
}

/** The same parsers as JavaScript. */
async function loadFallback(reason: string): Promise<WasmModule<AllExports>> {
  console.debug(`postsource: ${reason}; the parsers are loaded as JavaScript`)
  try {
    return new WasmModule((await import('./generated/fallback.js')) as unknown as AllExports)
  } catch (cause) {
    throw unsupported(
      `${reason}, and the fallback could not be loaded (${reasonOf(cause)}): ${chunkHint}`,
      cause,
    )
  }
}

async function compileFrom(from: WasmSource): Promise<WasmModule<AllExports>> {
  try {
    const compiled = await compile(from)
    return instanceOf(compiled, await WebAssembly.instantiate(compiled))
  } catch (cause) {
    throw unsupported(`the module that was passed to init() cannot be loaded (${reasonOf(cause)})`, cause)
  }
}

async function compile(from: WasmSource): Promise<WebAssembly.Module> {
  if (from instanceof WebAssembly.Module) return from
  if (typeof from === 'string' || from instanceof URL) return compile(await fetch(from))
  if (from instanceof Response) {
    if (!from.ok) throw new Error(`status ${from.status} for ${from.url}`)
    return WebAssembly.compile(await from.arrayBuffer())
  }
  return WebAssembly.compile(from)
}

function instanceOf<Exports extends StreamExports>(
  compiled: WebAssembly.Module,
  instance: WebAssembly.Instance,
): WasmModule<Exports> {
  return new WasmModule(instance.exports as unknown as Exports, compiled)
}

/** A minimal module that uses SIMD like ours, to test whether compiling is allowed. */
const probe = '0061736d010000000105016000017b030201000a0a0108004100fd0ffd620b'

let allowed = false

/** Whether WebAssembly may be compiled here and supports what the modules need. */
function canCompile(): boolean {
  try {
    // WebKit compiles under every policy, and refuses the instance
    allowed ||= new WebAssembly.Instance(new WebAssembly.Module(fromHex(probe))) !== undefined
  } catch {
    // a content security policy, a browser's lockdown mode, or an engine without SIMD
  }
  return allowed
}

function unsupported(what: string, cause: unknown): StreamError {
  return new StreamError(
    'unsupported',
    `${what}. A content security policy must allow 'wasm-unsafe-eval'; WebAssembly with SIMD is in browsers since ` +
      '2021 to 2023',
    { cause },
  )
}
