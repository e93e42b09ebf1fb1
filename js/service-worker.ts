/**
 * `postsource/service-worker`: `postsource` and `postsource/graphql` in one file without dynamic imports, because
 * service workers and worklets have no `import()`. https://developer.mozilla.org/docs/Web/JavaScript/Reference/Operators/import
 */

export { init } from './event-source/init.ts'
export * from './graphql.ts'
export * from './index.ts'
