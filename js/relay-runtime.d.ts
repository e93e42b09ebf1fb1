/** What is used of relay-runtime, which brings no types of its own. */
declare module 'relay-runtime' {
  const runtime: {
    Observable: { create<T>(source: (sink: never) => () => void): { subscribe(observer: unknown): unknown } }
  }
  export default runtime
}
