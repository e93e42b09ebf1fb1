import { EventSource } from 'postsource'
import { createClient } from 'postsource/graphql'
import { useEventSource } from 'postsource/react'
import { createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { hookUrl, scenario } from './scenario.mjs'

let shown
const hook = new Promise(resolve => {
  shown = resolve
})

function App() {
  const { lastEvent } = useEventSource(hookUrl)
  return createElement('p', { ref: node => node?.textContent === 'hooked' && shown() }, lastEvent?.data)
}

const app = document.body.appendChild(document.createElement('div'))
createRoot(app).render(createElement(App))
scenario({ EventSource, createClient }, { hook: () => hook })
