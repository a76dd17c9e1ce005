import { policyDocumentSchema } from '@hyponema/contract'
import { compilePolicy } from '@hyponema/policy'
import { expect, test } from 'vitest'
import { runTests } from './run-tests.ts'

test('whoever talks meanwhile comes to speak between the cases of a document', async () => {
  const cases = Array.from({ length: 20 }, () => ({ say: 'Hello.', expect: { action: 'allow' } }))
  const document = policyDocumentSchema.parse({ tests: [...cases, { say: 'Hello.', expect: { action: 'replace' } }] })
  const layer = { layer: 'workspace', name: 'tested', document } as const
  const compiled = compilePolicy({ layers: [layer], identity: { id: 'tested', version: 0, sha256: '' } })
  if (!compiled.ok) throw new Error('expected a policy')
  let others = 0
  const talk = (): void => {
    others += 1
    timer = setImmediate(talk)
  }
  let timer = setImmediate(talk)
  const failures = await runTests(compiled.policy, layer)
  clearImmediate(timer)
  expect(others).toBeGreaterThanOrEqual(20)
  expect(failures).toMatchObject([{ pointer: '/tests/20' }])
})
