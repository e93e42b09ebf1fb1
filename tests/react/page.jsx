import { StrictMode, version } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { AdapterApp } from './adapters/scenes.jsx'
import { App } from './scenes.jsx'

const { scene, library, dedupe, hydrate } = Object.fromEntries(new URLSearchParams(location.search))
const app = (
  <StrictMode>
    {library ? <AdapterApp scene={scene} /> : <App scene={scene} dedupe={dedupe === '1'} />}
  </StrictMode>
)
const root = document.querySelector('#root')
globalThis.reactVersion = version
globalThis.mismatches = []
if (hydrate) {
  root.innerHTML = decodeURIComponent(hydrate)
  hydrateRoot(root, app, { onRecoverableError: error => globalThis.mismatches.push(String(error)) })
} else {
  createRoot(root).render(app)
}
globalThis.ready = true
