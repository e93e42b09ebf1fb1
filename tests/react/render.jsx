import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import { App } from './scenes.jsx'

export const render = scene =>
  renderToString(
    <StrictMode>
      <App scene={scene} />
    </StrictMode>,
  )
