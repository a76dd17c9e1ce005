import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../kernel/app-error.ts'
import { makeContext } from '../test-harness/make-context.ts'
import { handModel } from '../test-harness/scripted-pieces.ts'
import { maskFailure } from './mask-failure.ts'

const gateOf = (policy: object) => makeContext({ model: handModel(), document: { policy } }).gate
const gate = gateOf({ pii: { kinds: { card: {}, email: { to_logs: 'mask' } } } })

describe('what failed, on its way to a log', () => {
  test('has no personal data, neither its message nor a cause nor a stack', () => {
    const cause = new Error('400: "ann@example.com" is no number')
    const failure = new AppError('provider.bad_request', 'refused 4111 1111 1111 1111', { cause })
    const logged = maskFailure(gate, failure)
    expect(inspect(logged)).not.toMatch(/4111|ann@/)
    expect(inspect(logged)).toMatch(/\[email\]/)
  })

  test('is the same error where nothing is to be masked', () => {
    const failure = new AppError('provider.timeout', 'too slow', { cause: new Error('4111 1111 1111 1112') })
    expect(maskFailure(gate, failure)).toBe(failure)
    expect(maskFailure(gateOf({}), new Error('4111 1111 1111 1111'))).toBeInstanceOf(Error)
  })

  test('has no word of a message of which a rule withholds any', () => {
    const zoned = gateOf({ no_go_zones: [{ name: 'z', phrases: ['forbidden dose'], action: 'redirect', line: 'No.' }] })
    const failure = new AppError('provider.bad_request', 'answered 400: what is the f.o.r.b.i.d.d.e.n dose')
    expect(inspect(maskFailure(zoned, failure))).not.toMatch(/d\.o|dose/)
    expect(inspect(maskFailure(zoned, failure))).toContain('provider.bad_request: the words were withheld by a rule')
  })

  test('whose causes go in a circle comes to an end', () => {
    const failure = new Error('4111 1111 1111 1111')
    failure.cause = failure
    expect(inspect(maskFailure(gate, failure))).not.toContain('4111')
  })
})
