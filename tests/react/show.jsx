import { useEffect } from 'react'

export const Show = ({ id, value }) => (
  <output id={id}>{typeof value === 'string' ? value : JSON.stringify(value)}</output>
)

globalThis.mounts = 0
globalThis.commits = 0

/** Counts how often the component is mounted, which strict mode does twice, and how often it is shown anew. */
export function useCounts() {
  useEffect(() => {
    globalThis.mounts++
  }, [])
  useEffect(() => {
    globalThis.commits++
  })
}
