/** Stands for `@apollo/client/incremental`, which Apollo Client 3 does not have: it handles `@defer` by itself. */

export const Defer20220824Handler = class {}
