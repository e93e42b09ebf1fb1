/** PostGraphile 5 on a real database, with subscriptions that LISTEN to it. */

import { createHandler } from 'graphql-sse/lib/use/http'
import pg from 'pg'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { context, execute, hookArgs, lambda, listen, subscribe } from 'postgraphile/grafast'
import { grafserv } from 'postgraphile/grafserv/node'
import { parse, validate } from 'postgraphile/graphql'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { extendSchema, gql } from 'postgraphile/utils'
import { startPostgres } from './postgres.mjs'
import { serve } from './serve.mjs'

/** PostGraphile's subscriptions need it, and Node 20 has it not yet. */
Promise.withResolvers ??= function withResolvers() {
  const resolvers = {}
  resolvers.promise = new this((resolve, reject) => Object.assign(resolvers, { resolve, reject }))
  return resolvers
}

const tables = `
  create table public.note (id int primary key generated always as identity, body text not null);
  create function public.note_created() returns trigger language plpgsql as $$
    begin perform pg_notify('note', row_to_json(new)::text); return new; end $$;
  revoke execute on function public.note_created() from public;
  create trigger note_created after insert on public.note for each row execute function public.note_created();
`

/** `subscription { noteCreated { id body } }`, driven by the trigger's NOTIFY. */
const subscriptions = extendSchema({
  typeDefs: gql`
    type NoteCreated {
      id: Int!
      body: String!
    }
    extend type Subscription {
      noteCreated: NoteCreated!
    }
  `,
  objects: {
    Subscription: {
      plans: {
        noteCreated: {
          subscribePlan: () => listen(context().get('pgSubscriber'), 'note'),
          plan: $event => lambda($event, note => JSON.parse(note)),
        },
      },
    },
  },
})

/**
 * `url` is served by PostGraphile's own server, grafserv: subscriptions come as a bare multipart body. `sseUrl` is
 * graphql-sse's handler on the same schema. `plugins` add to the schema. `createNote(body)` inserts a note, as another client of the database.
 */
export async function startPostGraphile({ certificate, port, plugins = [] } = {}) {
  const postgres = await startPostgres()
  const pool = new pg.Pool(postgres.config)
  pool.on('error', () => {}) // the database is stopped before the last connection is given up
  await pool.query(tables)
  const pgService = makePgService({ pool, schemas: ['public'], pubsub: true })
  const instance = postgraphile({
    extends: [PostGraphileAmberPreset],
    plugins: [subscriptions, ...plugins],
    pgServices: [pgService],
    grafserv: { watch: false, graphiql: false },
    grafast: { explain: false },
  })
  const { schema, resolvedPreset } = await instance.getSchemaResult()
  const serv = instance.createServ(grafserv)
  const handleBare = serv.createHandler()
  const handleSse = createHandler({
    schema,
    async onSubscribe(request, { query, variables, operationName }) {
      const document = parse(query)
      const errors = validate(schema, document)
      if (errors.length > 0) return errors
      const args = { schema, document, variableValues: variables, operationName, resolvedPreset }
      return hookArgs({ ...args, requestContext: { node: request.raw } })
    },
    execute,
    subscribe,
  })
  const server = await serve(
    (request, response) =>
      request.url.startsWith('/graphql/stream')
        ? handleSse(request, response)
        : handleBare(request, response),
    { certificate, port },
  )
  return {
    __proto__: server,
    sseUrl: `${server.origin}/graphql/stream`,
    createNote: body => pool.query('insert into note (body) values ($1)', [body]),
    async close() {
      await server.close()
      await instance.release()
      await pgService.release() // its subscriber holds a connection, and would try to get it back
      await pool.end()
      await postgres.close()
    },
  }
}
