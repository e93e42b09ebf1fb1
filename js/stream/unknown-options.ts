/** Warns developers about unknown options, which would otherwise be ignored. */

/** The names of all members of `Options`. The compiler reports a name that is missing. */
export type OptionNames<Options> = Record<keyof Options, true>

type FetchOptions = Omit<RequestInit, 'window'>

/** The options that every request passes on to `fetch`, with those that only some environments have. */
export const fetchOptionNames: OptionNames<FetchOptions> & Record<string, true> = {
  body: true,
  cache: true,
  credentials: true,
  headers: true,
  integrity: true,
  keepalive: true,
  method: true,
  mode: true,
  priority: true,
  redirect: true,
  referrer: true,
  referrerPolicy: true,
  signal: true,
  // Node, Next, Cloudflare Workers, Deno, Bun
  dispatcher: true,
  duplex: true,
  next: true,
  cf: true,
  client: true,
  proxy: true,
  tls: true,
}

const told = new Set<string>()

/**
 * Warns on the console about each member of `options` that is not in `known`, once for a name. `owner` is what takes the
 * options.
 *
 * Call it in exactly this form. Bundlers replace `process.env.NODE_ENV`, and a production build then has neither the call
 * nor the names. A page without a bundler has no `process`, and is told nothing.
 *
 * ```ts
 * try {
 *   if (process.env.NODE_ENV !== 'production') warnOfUnknownOptions('createClient()', options, names)
 * } catch {
 *   // no `process`
 * }
 * ```
 */
export function warnOfUnknownOptions(owner: string, options: object, known: Record<string, true>): void {
  for (const name of Object.keys(options)) {
    const key = `${owner} ${name}`
    if (Object.hasOwn(known, name) || told.has(key)) continue
    told.add(key)
    console.warn(
      `postsource: ${owner} has no option "${name}" and ignores it. The options are ${Object.keys(known).join(', ')}.`,
    )
  }
}
