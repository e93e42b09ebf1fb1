/** What the modules export: the functions of bindings/*.cpp. Handles and addresses are numbers. */

/** What every module has. */
export interface StreamExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  /** Runs the constructors of C++'s globals: once, before all else. */
  _initialize(): void
  /** Where a stream's next bytes are to be written; 0 where there is no memory for them. */
  room(handle: number, size: number): number
  /** Parses the bytes written there; gives the address of the table that says what they complete. */
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

/** What `postsource.wasm` and the fallback have: all of it. */
export type AllExports = SseExports & GraphqlExports & MultipartExports
