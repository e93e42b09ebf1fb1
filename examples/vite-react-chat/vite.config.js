import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { chat } from './server/chat.js'

/** Answers the chat in the development server, and in the preview of what was built. */
const server = {
  name: 'chat',
  configureServer: ({ middlewares }) => void middlewares.use('/chat', chat),
  configurePreviewServer: ({ middlewares }) => void middlewares.use('/chat', chat),
}

export default defineConfig({ plugins: [react(), server] })
