/** The same lifecycles in a page, where tests/browser/lifecycle.spec.mjs runs them. */

import { graphqlSubjects } from './graphql-subjects.mjs'
import { testLifecycle, testRandomWalks } from './machine.mjs'
import { subjects } from './subjects.mjs'

/** Runs all tests of the machine. Resolves with how many have passed, and what has failed. */
export async function run() {
  const tests = []
  const test = (name, body) => tests.push({ name, body })
  for (const subject of [...subjects, ...graphqlSubjects]) {
    testLifecycle(test, subject)
    testRandomWalks(test, subject, { walks: 100 })
  }
  const failures = []
  for (const { name, body } of tests) {
    try {
      await body()
    } catch (error) {
      failures.push(`${name}: ${error.message}`)
    }
  }
  return { passed: tests.length - failures.length, failures }
}
