/**
 * `postsource/react` for React's server components (the export condition `react-server`). The provider is a client
 * component, which a server component may render. The hooks throw if a server component calls them.
 * https://react.dev/reference/rsc/use-client
 */

import type { useEventSource as UseEventSource } from './react/use-event-source.ts'
import type { useSubscription as UseSubscription } from './react/use-subscription.ts'

export { PostsourceProvider } from './react/provider.ts'

export const useEventSource: typeof UseEventSource = () => refuse('useEventSource')
export const useSubscription: typeof UseSubscription = () => refuse('useSubscription')

function refuse(hook: string): never {
  throw new Error(
    `${hook} was called in a server component, where no stream can stay open. ` +
      `Call it in a client component: put 'use client' on the first line of the file that calls it.`,
  )
}
