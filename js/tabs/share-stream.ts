/** Shares a stream with the tabs that ask for the same, or opens it alone. */

import { callSafely } from '../stream/report-error.ts'
import { followPage, PageSurroundings } from './page.ts'
import { Participant } from './participant.ts'
import type { LogLimits } from './shared-log.ts'
import type { Late, OwnStream, Role, StreamObserver } from './surroundings.ts'

/** What decides who shares a stream, and how. */
export interface SharingOptions {
  session: () => string | number | null | undefined
  late: Late
  limits: LogLimits
  /** Whether a tab does not take part while it is hidden. */
  leavesWhenHidden?: boolean
  onRole(stream: string, role: Role): void
}

/** A stream, and what it asks for. */
export interface SharedStream extends OwnStream {
  /** Its name for the user. */
  readonly name: string
  /** Resolves with what is the same in all tabs that may share it: values for JSON; with undefined if that cannot be told. */
  describe(): Promise<readonly unknown[] | undefined>
}

/** Changes when tabs with another version of this code could not understand each other. */
const version = 1

/** Opens the stream. Returns a function that closes it, after which nothing is called. */
export function shareStream(options: SharingOptions, stream: SharedStream, to: StreamObserver): () => void {
  const session = sessionOf(options)
  let isClosed = false
  let close = () => {}

  const openAlone = (last: Participant['last'] = stream.start ? startAt(stream.start) : undefined) => {
    if (isClosed) return
    options.onRole(stream.name, 'alone')
    if (!isClosed) close = stream.connect(last, to)
  }

  const share = (name: string) => {
    // another user has signed in, or this page cannot share: it goes on with its own connection
    const leave = () => {
      const { last } = participant
      close()
      openAlone(last)
    }
    const mayShare = () => {
      if (sessionOf(options) === session) return true
      leave()
      return false
    }
    const { leavesWhenHidden = false } = options
    const page = { leavesWhenHidden, mayShare, onRefused: leave, onRole }
    const around = new PageSurroundings(name, page)
    const participant = new Participant(around, guarded(stream, mayShare), to, options)
    around.participant = participant
    close = () => {
      stop()
      participant.close()
    }
    const stop = followPage(participant, page)
  }
  const onRole = (role: Role) => {
    if (!isClosed) options.onRole(stream.name, role)
  }

  nameOf(session, stream).then(
    name => {
      if (isClosed) return
      if (name === undefined) openAlone()
      else share(name)
    },
    // the connection tells what is wrong
    () => openAlone(),
  )
  return () => {
    isClosed = true
    close()
  }
}

const startAt = (lastEventId: string) => ({ type: '', data: '', lastEventId })

/** The session as a text; undefined if nothing may be shared. */
function sessionOf({ session }: SharingOptions): string | undefined {
  let own: ReturnType<typeof session>
  callSafely(() => {
    own = session()
  })
  return own === null || own === undefined ? undefined : `${own}`
}

/** The stream with a connection that tells nothing to others once another user has signed in. */
function guarded(stream: SharedStream, mayShare: () => boolean): OwnStream {
  return {
    ...stream,
    connect: (last, observer) =>
      stream.connect(last, {
        opened: head => mayShare() && observer.opened(head),
        arrived: events => mayShare() && observer.arrived(events),
        gap: () => mayShare() && observer.gap(),
        ended: (error, willReconnectIn) => mayShare() && observer.ended(error, willReconnectIn),
      }),
  }
}

/** The name of the stream's lock and channel: a hash, because other scripts of the origin can list the names of locks. */
async function nameOf(session: string | undefined, stream: SharedStream): Promise<string | undefined> {
  const { navigator, BroadcastChannel, crypto } = globalThis
  // insecure pages have neither locks nor hashes, old browsers not all of this
  if (session === undefined || !navigator?.locks || !BroadcastChannel || !crypto?.subtle) return undefined
  const content = await stream.describe()
  if (content === undefined) return undefined
  const bytes = new TextEncoder().encode(JSON.stringify([version, session, ...content]))
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return `postsource ${Array.from(hash, byte => byte.toString(16).padStart(2, '0')).join('')}`
}
