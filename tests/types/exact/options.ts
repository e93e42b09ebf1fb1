/**
 * With `exactOptionalPropertyTypes` an optional member accepts no undefined unless its type says so. Every option of the package
 * does, because programs write `{ headers: isSignedIn ? headers : undefined }`. `postsource/graphql-sse` has graphql-sse's own types.
 */

import type * as core from 'postsource'
import type * as devtools from 'postsource/devtools'
import type * as fetchEventSource from 'postsource/fetch-event-source'
import type * as graphql from 'postsource/graphql'
import type * as parser from 'postsource/parser'
import type * as react from 'postsource/react'
import type * as relay from 'postsource/relay'
import type * as tabs from 'postsource/tabs'
import type * as testing from 'postsource/testing'
import type * as urql from 'postsource/urql'

/** The members that are the platform's, whose types are not ours. */
type Foreign = Exclude<keyof RequestInit, 'headers' | 'method' | 'body' | 'signal'>

/** The type with undefined for each optional member. */
type Loose<T> = { [K in keyof T]: Record<never, never> extends Pick<T, K> ? T[K] | undefined : T[K] }

/** Checks that a type accepts undefined for its optional members. */
type Accepts<T> = Loose<T> extends T ? true : { rejects: Loose<T> }
type OfRequest<T> = Accepts<Omit<T, Foreign>>

function check<_T extends true>(): void {}

check<OfRequest<core.EventSourceOptions>>()
check<OfRequest<core.StreamEventsOptions>>()
check<OfRequest<core.ResumeByGetOptions>>()
check<Accepts<core.ReadEventsOptions>>()
check<Accepts<core.BackoffOptions>>()
check<Accepts<core.InitOptions>>()
check<Accepts<graphql.ClientOptions>>()
check<Accepts<graphql.ClientOptions<true>>>()
check<Accepts<graphql.ClientListeners>>()
check<Accepts<graphql.Operation>>()
check<OfRequest<graphql.RequestOverrides>>()
check<Accepts<graphql.ReadResultsOptions>>()
check<Accepts<graphql.ReadPartsOptions>>()
check<Accepts<graphql.OperationRequest>>()
check<Accepts<parser.ParserConfig>>()
check<Accepts<parser.StreamOptions>>()
check<Accepts<Omit<fetchEventSource.FetchEventSourceInit, keyof Omit<RequestInit, 'headers'>>>>()
check<OfRequest<react.UseEventSourceOptions>>()
check<Accepts<react.UseSubscriptionOptions>>()
check<Accepts<relay.NetworkOptions>>()
check<Accepts<relay.RelayRequest>>()
check<Accepts<urql.UrqlRequest>>()
check<Accepts<urql.UrqlOperation>>()
check<Accepts<tabs.ShareOptions>>()
check<Accepts<testing.ResponseHead>>()
check<Accepts<testing.ResultsOptions>>()
check<Accepts<devtools.ReplayOptions>>()
check<Accepts<devtools.TraceOptions>>()
check<Accepts<devtools.WatchOptions>>()
check<Accepts<devtools.WatchPageOptions>>()
