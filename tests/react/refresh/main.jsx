import { createClient } from 'postsource/graphql'
import { PostsourceProvider } from 'postsource/react'
import { StrictMode, version } from 'react'
import { createRoot } from 'react-dom/client'
import { Chat } from './chat.jsx'

const { graphql, events } = Object.fromEntries(new URLSearchParams(location.search))

globalThis.reactVersion = version
createRoot(document.querySelector('#root')).render(
  <StrictMode>
    <PostsourceProvider client={createClient({ url: graphql, maxRetries: 0 })}>
      <Chat events={events} />
    </PostsourceProvider>
  </StrictMode>,
)
