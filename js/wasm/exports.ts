/** The exports of the modules: the functions of bindings/*.cpp. Handles and addresses are numbers. */

/** The exports of every module. */
export interface StreamExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  /** Runs the constructors of C++'s globals. Call it once, before everything else. */
  _initialize(): void
  /** Returns the address to write a stream's next bytes to, or 0 if there is no memory for them. */
  room(handle: number, size: number): number
  /** Parses the bytes written there. Returns the address of the table of what they complete. */
  feed(handle: number, size: number): number
  close(handle: number): void
  symbolAddress(symbol: number): number
  symbolSize(symbol: number): number
}

/** An event stream. */
export interface SseExports extends StreamExports {
  sseOpen(maxMessageBytes: number, reportIgnored: number): number
  sseReset(handle: number): void
  sseLineStart(handle: number): number
}

/** GraphQL over SSE. */
export interface GraphqlExports extends StreamExports {
  graphqlSseOpen(maxMessageBytes: number): number
  graphqlSseFinish(handle: number): number
}

/** A multipart stream. */
export interface MultipartExports extends StreamExports {
  scratch(size: number): number
  multipartOpen(
    contentType: number,
    size: number,
    maxMessageBytes: number,
    maxHeaderBytes: number,
    jsonByDefault: number,
    reportHeaders: number,
  ): number
  multipartFinish(handle: number): number
  multipartFailure(handle: number): number
}

/** The exports of `postsource.wasm` and the fallback: those of all modules. */
export type AllExports = SseExports & GraphqlExports & MultipartExports
