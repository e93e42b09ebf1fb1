import { useEffect, useState } from 'react'

/** The last `{ data, error }` of what subscribes in an effect, begun anew when what it `depends` on changes by value. */
export function useSubscribed(subscribe, ...depends) {
  const key = JSON.stringify(depends) // stands for what `subscribe` closes over
  const [shown, setShown] = useState({ key })
  useEffect(() => {
    const show = state => setShown({ key, ...state })
    return subscribe(
      data => show({ data }),
      error => show({ error }),
    )
  }, [key])
  return shown.key === key ? shown : {}
}
