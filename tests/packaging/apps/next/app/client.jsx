'use client'

import { EventSource } from 'postsource'
import { createClient } from 'postsource/graphql'
import { PostsourceProvider, useEventSource } from 'postsource/react'
import { useEffect } from 'react'
import { hookUrl, scenario } from '../scenario.mjs'

const client = createClient({ url: '/graphql' })
let shown
const hook = new Promise(resolve => {
  shown = resolve
})

export function Client({ fromServer }) {
  useEffect(() => {
    scenario(
      { EventSource, createClient },
      {
        hook: () => hook,
        server() {
          if (fromServer !== 'hooked') throw new Error(`the server component has read ${fromServer}`)
        },
        async refused() {
          const page = await (await fetch('/refused')).text()
          if (!page.includes('useEventSource was called in a server component')) throw new Error(page)
        },
      },
    )
  }, [fromServer])
  return (
    <PostsourceProvider client={client}>
      <Hooked />
    </PostsourceProvider>
  )
}

function Hooked() {
  const { lastEvent } = useEventSource(hookUrl)
  useEffect(() => {
    if (lastEvent?.data === 'hooked') shown()
  }, [lastEvent])
  return <p>{lastEvent?.data}</p>
}
