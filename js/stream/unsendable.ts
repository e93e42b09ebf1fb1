/** Why a request can never be sent, whatever the network does: trying it again would be in vain. */

import { reasonOf } from './errors.ts'

/** The schemes that `fetch` knows. https://fetch.spec.whatwg.org/#scheme-fetch */
const fetchedSchemes = ['http:', 'https:', 'blob:', 'data:']

/** The bodies that were sent and cannot be sent again. */
const usedBodies = new WeakSet<ReadableStream>()

/** Why the request must not even be tried; undefined where it may be. A stream in its body counts as used from now on. */
export function whyNever(
  url: string,
  { body, method = '' }: RequestInit,
  fetch: unknown,
  page: string | undefined = globalThis.location?.protocol,
): string | undefined {
  if (typeof fetch !== 'function')
    return 'fetch is not a function: set the option where there is no global one'
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0].toLowerCase()
  // a fetch of the user may know more of them, and so may an application whose pages have one of its own
  const isKnown = scheme === undefined || scheme === page || fetchedSchemes.includes(scheme)
  if (!isKnown && fetch === globalThis.fetch)
    return `${scheme} is not a scheme that fetch can request: use http or https`
  if (body && /^(get|head)$/i.test(method))
    return `a ${method} request has no body: give a method such as POST with it`
  if (isPlain(body))
    return 'the body is an object that fetch would send as "[object Object]": give it as the option json, or as text'
  if (!(body instanceof ReadableStream)) return undefined
  if (body.locked || usedBodies.has(body)) {
    return 'the body is a stream that was read already: give a function that makes a new one for every attempt'
  }
  usedBodies.add(body)
  return undefined
}

/** Whether it is an object or a list as literals make them, of any realm. */
function isPlain(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false
  const prototype = Object.getPrototypeOf(body)
  return Array.isArray(body) || prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Follows one request, in case that it fails. Its owner stops it. */
export interface RequestPolicy {
  /** Why the request that has failed would fail again: what `Request` refuses, or what the page's policy forbids. */
  refusal(): Promise<string | undefined>
  stop(): void
}

/** https://www.w3.org/TR/CSP3/#violation-events */
export function followPolicy(url: string, init: RequestInit, fetch: unknown): RequestPolicy {
  const target: EventTarget | undefined =
    'SecurityPolicyViolationEvent' in globalThis ? (globalThis.document ?? globalThis) : undefined
  let isForbidden = false
  const look = (event: Event) => {
    const { disposition, effectiveDirective, blockedURI } = event as SecurityPolicyViolationEvent
    isForbidden ||=
      disposition === 'enforce' && effectiveDirective === 'connect-src' && isBlocked(url, blockedURI)
  }
  target?.addEventListener('securitypolicyviolation', look)
  return {
    async refusal() {
      try {
        // a fetch of the user may take relative addresses, which the Request of Node refuses
        const address = fetch === globalThis.fetch ? url : absolute(url)
        new Request(address, { ...init, body: null, signal: null })
      } catch (cause) {
        return `the request cannot be sent: ${reasonOf(cause)}`
      }
      // the event is a task of its own
      if (target && !isForbidden) await new Promise(resolve => setTimeout(resolve))
      return isForbidden
        ? `the page's content security policy forbids ${url}: its connect-src must allow the address`
        : undefined
    },
    stop() {
      target?.removeEventListener('securitypolicyviolation', look)
    },
  }
}

function absolute(url: string): URL {
  return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href ?? 'http://localhost')
}

/** A report has the address without its fragment, or no more than its origin. */
function isBlocked(url: string, blocked: string): boolean {
  const { href, hash, origin } = absolute(url)
  return blocked === href.slice(0, href.length - hash.length) || blocked === origin
}
