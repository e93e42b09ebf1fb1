/** Loads the WebAssembly module: once, on first use. */

import { StreamError } from '../stream/errors.ts'
import { decodeBinary } from './decode-binary.ts'
import { binary } from './generated/binary.ts'
import createModule, { type MainModule } from './generated/module.js'
import { WasmModule } from './memory.ts'

/** Where the module may come from: its address, a response with it, its bytes, or the module compiled already. */
export type WasmSource = string | URL | Response | BufferSource | WebAssembly.Module

let source: WasmSource | undefined
let module: WasmModule | undefined
let loading: Promise<WasmModule> | undefined

/**
 * Loads the module now rather than with the first stream, or from elsewhere than this package's own
 * JavaScript, where it is embedded: `postsource/postsource.wasm` is the same module as a file.
 * Rejects with a StreamError `unsupported` where it cannot be compiled.
 */
export async function init(options: { wasm?: WasmSource } = {}): Promise<void> {
  source = options.wasm
  await load()
}

/** The module, compiled without blocking. */
export function load(): Promise<WasmModule> {
  if (module !== undefined) return Promise.resolve(module)
  loading ??= compile(source)
    .then(instantiate)
    .then(
      exports => {
        module ??= new WasmModule(exports)
        return module
      },
      cause => {
        loading = undefined
        throw unsupported(cause)
      },
    )
  return loading
}

/** The module at once, from the embedded bytes, for interfaces that cannot wait. */
export function loadSync(): WasmModule {
  if (module !== undefined) return module
  const wasmBinary = decodeBinary(binary)
  const exports = { wasmBinary } as unknown as MainModule
  // the factory is declared asynchronous, but with the bytes at hand it is done when it returns
  void Promise.resolve(createModule(exports)).catch(() => {})
  if (exports.sseOpen === undefined) {
    try {
      new WebAssembly.Module(wasmBinary)
    } catch (cause) {
      throw unsupported(cause)
    }
    throw unsupported(undefined)
  }
  module = new WasmModule(exports)
  return module
}

/** Where neither compiles there will be a JavaScript build of the same parsers to turn to: this is its place. */
function unsupported(cause: unknown): StreamError {
  const reason = cause instanceof Error ? cause.message : 'WebAssembly is missing'
  return new StreamError(
    'unsupported',
    `the parser could not be compiled (${reason}). A content security policy must allow 'wasm-unsafe-eval'; ` +
      'WebAssembly with SIMD is needed (browsers since 2021 to 2023)',
    { cause },
  )
}

async function compile(from: WasmSource | undefined): Promise<WebAssembly.Module> {
  if (from === undefined) return WebAssembly.compile(decodeBinary(binary))
  if (from instanceof WebAssembly.Module) return from
  if (typeof from === 'string' || from instanceof URL) return compile(await fetch(from))
  if (from instanceof Response) {
    if (!from.ok) throw new Error(`status ${from.status} for ${from.url}`)
    return WebAssembly.compile(await from.arrayBuffer())
  }
  return WebAssembly.compile(from)
}

function instantiate(compiled: WebAssembly.Module): Promise<MainModule> {
  return new Promise((resolve, reject) => {
    const instantiateWasm = (
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance) => void,
    ) => {
      WebAssembly.instantiate(compiled, imports).then(receive, reject)
    }
    Promise.resolve(createModule({ instantiateWasm })).then(resolve, reject)
  })
}
