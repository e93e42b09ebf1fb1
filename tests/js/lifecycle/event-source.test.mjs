/** After the end of an EventSource, and of a reader, nothing: every callback, every moment, every way to end. */

import { describe, test } from 'node:test'
import { testLifecycle, testRandomWalks } from './machine.mjs'
import { subjects } from './subjects.mjs'

for (const subject of subjects) {
  describe(subject.name, () => {
    testLifecycle(test, subject)
    testRandomWalks(test, subject)
  })
}
