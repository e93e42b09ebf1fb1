/** What the tests take of Relay: one module, so that it can be bundled with each of its major versions. */

export {
  createOperationDescriptor,
  Environment,
  getSingularSelector,
  Network,
  RecordSource,
  Store,
} from 'relay-runtime'
