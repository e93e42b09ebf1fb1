/** `import 'postsource/auto'` replaces the global EventSource. */

import { EventSource } from './event-source/event-source.ts'

Object.defineProperty(globalThis, 'EventSource', { value: EventSource, writable: true, configurable: true })
