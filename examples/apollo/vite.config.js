import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { yoga } from './server.js'

/** Answers GraphQL in the development server, and in the preview of what was built. */
const server = {
  name: 'graphql',
  configureServer: ({ middlewares }) => void middlewares.use(yoga.graphqlEndpoint, yoga),
  configurePreviewServer: ({ middlewares }) => void middlewares.use(yoga.graphqlEndpoint, yoga),
}

export default defineConfig({ plugins: [react(), server] })
