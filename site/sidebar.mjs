/** The order in which the site lists its pages. A page is named by its path in docs/, and listed with its own heading. */

export const sections = {
  Start: ['getting-started', 'try', 'loading', 'frameworks', 'defaults'],
  'Event streams': ['event-source', 'parsers'],
  Guides: [
    'guides/chat',
    'guides/authentication',
    'guides/reconnection',
    'guides/errors',
    'guides/tables',
    'guides/content-security-policy',
    'guides/proxies',
  ],
  GraphQL: [
    'graphql',
    'graphql/servers',
    'graphql/incremental-delivery',
    'graphql/apollo',
    'graphql/urql',
    'graphql/relay',
    'graphql/tanstack-query',
    'graphql/persisted-operations',
    'graphql/uploads',
  ],
  React: ['react', 'react/recipes', 'react/server-rendering'],
  'Coming from': [
    'migrate/event-source',
    'migrate/fetch-event-source',
    'migrate/eventsource',
    'migrate/eventsource-parser',
    'migrate/graphql-sse',
    'migrate/graphql-ws',
    'migrate/apollo',
    'migrate/urql',
  ],
  'Testing and debugging': ['testing', 'devtools'],
  Background: ['performance', 'promises', 'internals', '../SECURITY', '../CHANGELOG', '../CONTRIBUTING'],
}
