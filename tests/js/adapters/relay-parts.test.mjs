/** `@defer` and `@stream` in Relay: each fragment and each item is in the store when it has arrived, in both forms of the payloads. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream'
import { createClient } from 'postsource/graphql'
import { createExecuteFunction } from 'postsource/relay'
import { complete, mockServer, results } from 'postsource/testing'
import { startApollo } from '../../interop/servers/apollo.mjs'
import { startYoga } from '../../interop/servers/yoga.mjs'
import { loadRelay, relayVersions } from './versions.mjs'

const field = (name, alias = null, args = null) => ({
  alias,
  args,
  kind: 'ScalarField',
  name,
  storageKey: null,
})
const linked = (name, concreteType, selections, plural = false) => ({
  alias: null,
  args: null,
  concreteType,
  kind: 'LinkedField',
  name,
  plural,
  selections,
  storageKey: null,
})
const spread = name => ({ kind: 'Defer', selections: [{ args: null, kind: 'FragmentSpread', name }] })
const deferred = (label, selections) => ({ if: null, kind: 'Defer', label, selections })
const fragment = (name, type, selections) => ({
  ...{ argumentDefinitions: [], kind: 'Fragment', metadata: null, name, selections, type },
  abstractKey: null,
})

/** What Relay's compiler makes of an operation, by hand. */
function compiled(text, reads, writes) {
  const name = 'Report'
  return {
    kind: 'Request',
    params: { cacheID: name, id: null, metadata: {}, name, operationKind: 'query', text },
    fragment: fragment(name, 'Query', reads),
    operation: { argumentDefinitions: [], kind: 'Operation', name, selections: writes },
  }
}

const bio = [field('bio')]
const job = [field('job'), linked('boss', 'Person', [field('id'), field('name')])]
const friends = linked('friends', 'Person', [field('id'), field('name')], true)
const labels = { bio: 'Report$defer$Bio', job: 'Report$defer$Job', friends: 'Report$stream$friends' }

const report = compiled(
  '{ me { id ...Bio @defer(label: "Report$defer$Bio") ...Job @defer(label: "Report$defer$Job") } }',
  [linked('me', 'Person', [field('id'), spread('Bio'), spread('Job')])],
  [linked('me', 'Person', [field('id'), deferred(labels.bio, bio), deferred(labels.job, job)])],
)
const list = compiled(
  '{ me { id friends @stream(label: "Report$stream$friends", initialCount: 1) { id name } } }',
  [linked('me', 'Person', [field('id'), { kind: 'Stream', selections: [friends] }])],
  [
    linked('me', 'Person', [
      field('id'),
      { if: null, kind: 'Stream', label: labels.friends, selections: [friends] },
    ]),
  ],
)

const boss = { id: '2', name: 'Bob' }
const first = { data: { me: { id: '1' } } }
const error = { message: 'no', path: ['me', 'bio'] }

/** The same results in both forms: the payloads of each step. */
const forms = {
  'of 2022': {
    two: [
      { ...first, hasNext: true },
      { incremental: [{ data: { bio: 'writes' }, path: ['me'], label: labels.bio }], hasNext: true },
      { incremental: [{ data: { job: 'x', boss }, path: ['me'], label: labels.job }], hasNext: true },
      { hasNext: false },
    ],
    fails: [
      { ...first, hasNext: true },
      { incremental: [{ data: null, path: ['me'], label: labels.bio, errors: [error] }], hasNext: true },
      { incremental: [{ data: { job: 'x', boss }, path: ['me'], label: labels.job }], hasNext: false },
    ],
    errs: [
      { ...first, hasNext: true },
      {
        incremental: [
          { data: { bio: null }, path: ['me'], label: labels.bio, errors: [error] },
          { data: { job: 'x', boss }, path: ['me'], label: labels.job },
        ],
        hasNext: false,
      },
    ],
    unlabelled: [
      { ...first, hasNext: true },
      { incremental: [{ data: { bio: 'writes' }, path: ['me'] }], hasNext: true },
      { incremental: [{ data: { job: 'x', boss }, path: ['me'] }], hasNext: false },
    ],
    stream: [
      { data: { me: { id: '1', friends: [{ id: 'a', name: 'A' }] } }, hasNext: true },
      {
        incremental: [
          {
            items: [
              { id: 'b', name: 'B' },
              { id: 'c', name: 'C' },
            ],
            path: ['me', 'friends', 1],
            label: labels.friends,
          },
        ],
        hasNext: true,
      },
      { hasNext: false },
    ],
  },
  'of 2023': {
    two: [
      {
        ...first,
        pending: [
          { id: '0', path: ['me'], label: labels.bio },
          { id: '1', path: ['me'], label: labels.job },
        ],
        hasNext: true,
      },
      { incremental: [{ id: '0', data: { bio: 'writes' } }], completed: [{ id: '0' }], hasNext: true },
      // a fragment may come in pieces, and be said to be complete later
      {
        incremental: [
          { id: '1', data: { job: 'x', boss: {} } },
          { id: '1', subPath: ['boss'], data: boss },
        ],
        hasNext: true,
      },
      { completed: [{ id: '1' }], hasNext: false },
    ],
    fails: [
      {
        ...first,
        pending: [
          { id: '0', path: ['me'], label: labels.bio },
          { id: '1', path: ['me'], label: labels.job },
        ],
        hasNext: true,
      },
      { completed: [{ id: '0', errors: [error] }], hasNext: true },
      { incremental: [{ id: '1', data: { job: 'x', boss } }], completed: [{ id: '1' }], hasNext: false },
    ],
    errs: [
      {
        ...first,
        pending: [
          { id: '0', path: ['me'], label: labels.bio },
          { id: '1', path: ['me'], label: labels.job },
        ],
        hasNext: true,
      },
      {
        incremental: [
          { id: '0', data: { bio: null }, errors: [error] },
          { id: '1', data: { job: 'x', boss } },
        ],
        completed: [{ id: '0' }, { id: '1' }],
        hasNext: false,
      },
    ],
    unlabelled: [
      {
        ...first,
        pending: [
          { id: '0', path: ['me'] },
          { id: '1', path: ['me'] },
        ],
        hasNext: true,
      },
      { incremental: [{ id: '0', data: { bio: 'writes' } }], completed: [{ id: '0' }], hasNext: true },
      { incremental: [{ id: '1', data: { job: 'x', boss } }], completed: [{ id: '1' }], hasNext: false },
    ],
    stream: [
      {
        data: { me: { id: '1', friends: [{ id: 'a', name: 'A' }] } },
        pending: [{ id: '0', path: ['me', 'friends'], label: labels.friends }],
        hasNext: true,
      },
      { incremental: [{ id: '0', items: [{ id: 'b', name: 'B' }] }], hasNext: true },
      {
        incremental: [{ id: '0', items: [{ id: 'c', name: 'C' }] }],
        completed: [{ id: '0' }],
        hasNext: false,
      },
    ],
  },
}

for (const [version, packageName] of Object.entries(relayVersions)) {
  const relay = await loadRelay(packageName)

  /** Runs an operation of Relay. Resolves with what it was told, the states that a component would see, and the store. */
  async function run(client, operation, seeAll) {
    const told = []
    const execute = createExecuteFunction(client)
    const network = relay.Network.create((...given) =>
      execute(...given).do({ next: value => told.push(value) }),
    )
    const environment = new relay.Environment({ network, store: new relay.Store(new relay.RecordSource()) })
    const descriptor = relay.createOperationDescriptor(operation, {})
    const states = []
    const see = () => {
      const { data } = environment.lookup(descriptor.fragment)
      const state = JSON.stringify(
        seeAll(data, (of, ref) => environment.lookup(relay.getSingularSelector(of, ref))),
      )
      if (states.at(-1) !== state) states.push(state)
    }
    const end = await new Promise(resolve =>
      environment.execute({ operation: descriptor }).subscribe({
        next: see,
        error: resolve,
        complete: () => resolve('complete'),
      }),
    )
    const source = environment.getStore().getSource()
    return { told: told.flat(), states: states.map(state => JSON.parse(state)), end, source }
  }

  /** Runs it against a server that sends these payloads, each in a chunk of its own. */
  function scripted(payloads, operation, seeAll) {
    const server = mockServer()
    server.on('POST /graphql', results([...payloads, complete()]))
    const client = createClient({ url: 'http://localhost/graphql', fetch: server.fetch, maxRetries: 0 })
    return run(client, operation, seeAll)
  }

  const ofBio = fragment('Bio', 'Person', bio)
  const ofJob = fragment('Job', 'Person', job)
  const both = ({ me }, lookup) => ({
    bio: lookup(ofBio, me).data.bio,
    job: lookup(ofJob, me).data.job,
    boss: lookup(ofJob, me).data.boss?.name,
  })
  const isFinal = ({ extensions }) => extensions?.is_final ?? false

  for (const [form, steps] of Object.entries(forms)) {
    describe(`Relay ${version}, payloads ${form}`, () => {
      test('each fragment is in the store when it has arrived', async () => {
        const { told, states, end } = await scripted(steps.two, report, both)
        assert.deepEqual(states, [{}, { bio: 'writes' }, { bio: 'writes', job: 'x', boss: 'Bob' }])
        assert.equal(end, 'complete')
        assert.deepEqual(
          told.map(({ label, path }) => [label, path]).filter(([label]) => label),
          [
            [labels.bio, ['me']],
            [labels.job, ['me']],
          ],
        )
        assert.deepEqual(
          told.map(isFinal),
          told.map((_, i) => i === told.length - 1),
        )
      })

      test('a fragment that failed leaves the others', async () => {
        const { states, end, told } = await scripted(steps.fails, report, both)
        assert.deepEqual(states.at(-1), { job: 'x', boss: 'Bob' })
        assert.equal(end, 'complete')
        assert.deepEqual(told.find(({ errors }) => errors).errors, [error])
      })

      test('the errors of a fragment are those of its fields', async () => {
        const { states, end, source, told } = await scripted(steps.errs, report, both)
        assert.deepEqual(states.at(-1), { bio: null, job: 'x', boss: 'Bob' })
        assert.equal(end, 'complete')
        assert.deepEqual(told.find(({ errors }) => errors).errors, [{ ...error, path: ['bio'] }])
        // Relay 14 keeps no errors of fields
        if (version > 14) assert.match(JSON.stringify(source.get('1').__errors), /"bio".*"no"/)
      })

      test('fragments without a label are in the store with the last of them', async () => {
        const { states, end } = await scripted(steps.unlabelled, report, both)
        assert.deepEqual(states.at(-1), { bio: 'writes', job: 'x', boss: 'Bob' })
        assert.equal(end, 'complete')
      })

      test('each item of a list is in the store when it has arrived', async () => {
        const { states, end, told } = await scripted(steps.stream, list, ({ me }) =>
          me.friends.map(({ name }) => name),
        )
        assert.deepEqual(states[0], ['A'])
        assert.deepEqual(states.at(-1), ['A', 'B', 'C'])
        assert.equal(end, 'complete')
        assert.deepEqual(
          told.map(({ path }) => path).filter(path => path),
          [
            ['me', 'friends', 1],
            ['me', 'friends', 2],
          ],
        )
      })
    })
  }

  const hire = field('bio', 'job')
  const onServer = compiled(
    'query Report { me { id ...Bio @defer(label: "Report$defer$Bio") ...Job @defer(label: "Report$defer$Job") } } fragment Bio on Person { bio } fragment Job on Person { job: bio }',
    [linked('me', 'Person', [field('id'), spread('Bio'), spread('Job')])],
    [linked('me', 'Person', [field('id'), deferred(labels.bio, bio), deferred(labels.job, [hire])])],
  )
  for (const [name, start] of [
    ['graphql-yoga', () => startYoga({ plugins: [useDeferStream()] })],
    ['Apollo Server with graphql 17', () => startApollo({ graphql: 'graphql-17-alpha-9' })],
  ]) {
    test(`Relay ${version}: both fragments of ${name}`, async () => {
      const server = await start()
      try {
        const { told, states, end } = await run(
          createClient({ url: server.url, maxRetries: 0 }),
          onServer,
          ({ me }, lookup) => [
            lookup(ofBio, me).data.bio,
            lookup(fragment('Job', 'Person', [hire]), me).data.job,
          ],
        )
        assert.equal(end, 'complete')
        assert.match(states.at(-1).join(), /writes programs.*,.*writes programs/)
        assert.deepEqual(
          new Set(told.map(({ label }) => label).filter(Boolean)),
          new Set([labels.bio, labels.job]),
        )
        assert.ok(isFinal(told.at(-1)))
      } finally {
        await server.close()
      }
    })
  }
}
