import '../pages/style.css'
import '../pages/forms.css'
import './react.css'
import { createClient } from 'postsource/graphql'
import { PostsourceProvider } from 'postsource/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Chat } from './chat.jsx'
import { Prices } from './prices.jsx'
import { Table } from './table.jsx'

// a browser has six connections to a server over HTTP/1, and each tab of this page takes three
const client = createClient({ url: '/graphql', disconnectWhenHidden: true })

createRoot(document.querySelector('#root')).render(
  <StrictMode>
    <PostsourceProvider client={client} dedupe>
      <Chat client={client} />
      <Table />
      <Prices />
    </PostsourceProvider>
  </StrictMode>,
)
