/** What Relay's compiler makes of the documents, written out by hand. */

const field = (name, args = null) => ({ alias: null, args, kind: 'ScalarField', name, storageKey: null })
const linked = (name, concreteType, selections, args = null) => ({
  alias: null,
  args,
  concreteType,
  kind: 'LinkedField',
  name,
  plural: false,
  selections,
  storageKey: null,
})

function request(name, operationKind, text, { type, argumentDefinitions = [], reads, writes = reads }) {
  return {
    kind: 'Request',
    params: { cacheID: name, id: null, metadata: {}, name, operationKind, text },
    fragment: { argumentDefinitions, kind: 'Fragment', metadata: null, name, selections: reads, type },
    operation: { argumentDefinitions, kind: 'Operation', name, selections: writes },
  }
}

/** `fragment Summary on Report { summary }` */
export const summary = {
  argumentDefinitions: [],
  kind: 'Fragment',
  metadata: null,
  name: 'Summary',
  selections: [field('summary')],
  type: 'Report',
  abstractKey: null,
}

export function artifacts({ chat, failing, refused, report }) {
  const type = 'Subscription'
  const room = [{ kind: 'Variable', name: 'room', variableName: 'room' }]
  return {
    chat: request('Chat', 'subscription', chat, {
      type,
      argumentDefinitions: [{ defaultValue: null, kind: 'LocalArgument', name: 'room' }],
      reads: [linked('chat', 'Message', [field('id'), field('text')], room)],
    }),
    failing: request('Failing', 'subscription', failing, { type, reads: [field('failing')] }),
    refused: request('Refused', 'subscription', refused, { type, reads: [field('nothing')] }),
    report: request('Report', 'query', report, {
      type: 'Query',
      reads: [
        linked('report', 'Report', [
          field('title'),
          {
            kind: 'Defer',
            selections: [{ args: null, kind: 'FragmentSpread', name: 'Summary' }],
          },
        ]),
      ],
      writes: [
        linked('report', 'Report', [
          field('title'),
          { if: null, kind: 'Defer', label: 'Report$defer$Summary', selections: [field('summary')] },
        ]),
      ],
    }),
  }
}
