import { StrictMode } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { App } from './scenes.jsx'

const { scene, dedupe, hydrate } = Object.fromEntries(new URLSearchParams(location.search))
const app = (
  <StrictMode>
    <App scene={scene} dedupe={dedupe === '1'} />
  </StrictMode>
)
const root = document.querySelector('#root')
globalThis.mismatches = []
if (hydrate) {
  root.innerHTML = decodeURIComponent(hydrate)
  hydrateRoot(root, app, { onRecoverableError: error => globalThis.mismatches.push(String(error)) })
} else {
  createRoot(root).render(app)
}
globalThis.ready = true
