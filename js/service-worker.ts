/**
 * `postsource/service-worker`: all of `postsource` and `postsource/graphql` in one file that loads nothing later, since
 * service workers and worklets have no `import()`. https://developer.mozilla.org/docs/Web/JavaScript/Reference/Operators/import
 */

export { init } from './event-source/init.ts'
export * from './graphql.ts'
export * from './index.ts'
