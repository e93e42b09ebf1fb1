/** One connection for all tabs of a browser. */

import type { ResultSharing } from '../graphql/options.ts'
import { checkNumber } from '../stream/limits.ts'
import { callSafely } from '../stream/report-error.ts'
import type { EventSharing } from '../stream/sharing.ts'
import { SharedEventConnection } from './share-events.ts'
import { SharedResults } from './share-results.ts'
import type { SharingOptions } from './share-stream.ts'
import type { Late, Role } from './surroundings.ts'

/** The options of {@link shareAcrossTabs}. */
export interface ShareOptions {
  /**
   * Returns who is signed in: a text that no other user has. Tabs share a stream only if it is the same in both. With null
   * or undefined nothing is shared. It is called again for everything that is told to other tabs or comes from them: once
   * it returns something else, the tab goes on with its own connection.
   */
  session: () => string | number | null | undefined
  /**
   * What a tab gets that joins a running stream: `live`, the default, what comes from then on; `replay`, what the buffer
   * holds first; `own`, what the server sends to a new connection, which the tab opens and closes as soon as its last event
   * id is one that the leader has had. For servers that begin with a snapshot.
   */
  late?: Late | undefined
  /** How many messages each tab keeps, to catch up others; 1,000 by default. */
  maxBufferedMessages?: number | undefined
  /** The largest size of those messages in UTF-16 code units; 1,048,576 by default. */
  maxBufferedLength?: number | undefined
}

/** The role of this tab for a stream has changed. */
export interface RoleChange {
  /** The address of an event stream, or the name or the text of a subscription. */
  readonly stream: string
  /**
   * `leader`: this tab holds the connection for all. `follower`: another does. `alone`: this tab has its own, because there
   * is no session, or because the browser, the page or the request does not let it share.
   */
  readonly role: Role
}

/** What the option `tabs` takes. */
export interface TabSharing extends EventSharing, ResultSharing {
  /** Called when this tab gets a role. */
  onrole: ((change: RoleChange) => void) | null
}

/**
 * Makes the option `tabs` of an EventSource, of `streamEvents`, `useEventSource` and of `createClient`: tabs that ask for the
 * same share one connection. One of them leads and holds it. When it goes, another continues where that one itself has
 * got to, and no tab gets a message twice.
 *
 * ```ts
 * const tabs = shareAcrossTabs({ session: () => userId })
 * const source = new EventSource('/events', { tabs })
 * ```
 *
 * A stream is known by its address, method and body, by how it resumes, and by the session. Request headers are not
 * compared, and never leave their tab. Functions of the options that make address, method or body are called once more, to
 * compare what they return. A stream whose body is neither text nor JSON is not shared.
 *
 * Throws a RangeError for a limit that is none.
 *
 * https://www.w3.org/TR/web-locks/
 */
export function shareAcrossTabs(options: ShareOptions): TabSharing {
  const { session, late = 'live', maxBufferedMessages = 1000, maxBufferedLength = 2 ** 20 } = options
  checkNumber('maxBufferedMessages', maxBufferedMessages)
  checkNumber('maxBufferedLength', maxBufferedLength)
  const sharing: SharingOptions = {
    session,
    late,
    limits: { events: maxBufferedMessages, size: maxBufferedLength },
    onRole: (stream, role) => callSafely(change => tabs.onrole?.(change), { stream, role }),
  }
  const tabs: TabSharing = {
    onrole: null,
    shareEvents: (url, own, observer, connect) =>
      new SharedEventConnection(sharing, url, own, observer, connect),
    shareResults: (mode, { disconnectWhenHidden = false }, on, describe) =>
      new SharedResults({ ...sharing, leavesWhenHidden: disconnectWhenHidden }, mode, on, describe),
  }
  return tabs
}
