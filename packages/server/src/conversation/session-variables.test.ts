import { describe, expect, test } from 'vitest'
import type { ResolvedVariables } from './resolve-variables.ts'
import { SessionVariables } from './session-variables.ts'

const nobody = new AbortController().signal

function answerOf(values: Readonly<Record<string, string>>): ResolvedVariables {
  return { outcome: 'resolved', values: new Map(Object.entries(values)), problem: null }
}

function begin(options: Partial<ConstructorParameters<typeof SessionVariables>[0]> = {}): SessionVariables {
  return new SessionVariables({ own: {}, nowMs: () => 0, ...options })
}

describe('the variables of a session', () => {
  test('are the backend’s own before the resolver’s, those before the defaults', async () => {
    const variables = begin({
      own: { a: 'session' },
      defaults: { a: 'default', b: 'default', c: 'default' },
      resolve: async () => answerOf({ a: 'resolver', b: 'resolver' }),
    })
    expect(Object.fromEntries(variables.values())).toEqual({ a: 'session', b: 'default', c: 'default' })
    await variables.beginTurn(0, nobody)
    expect(Object.fromEntries(variables.values())).toEqual({ a: 'session', b: 'resolver', c: 'default' })
  })

  test('are the operator’s where the backend sent them, and the user’s otherwise', async () => {
    const variables = begin({
      own: { a: '1' },
      defaults: { b: '2' },
      system: () => new Map([['system__time', '3']]),
      resolve: async () => answerOf({ c: '4' }),
    })
    await variables.beginTurn(0, nobody)
    const trusts = [...variables.given(), ...variables.system()].map(([name, { trust }]) => [name, trust])
    expect(Object.fromEntries(trusts)).toEqual({ a: 'operator', b: 'user', c: 'user', system__time: 'system' })
  })

  test('do not replace what the system says, whoever tries', async () => {
    const variables = begin({
      own: { system__user_id: 'usr_other' },
      defaults: { system__user_id: 'usr_other' },
      system: () => new Map([['system__user_id', 'usr_1']]),
      resolve: async () => answerOf({ system__user_id: 'usr_other' }),
    })
    await variables.beginTurn(0, nobody)
    expect(variables.values().get('system__user_id')).toBe('usr_1')
    expect(variables.system().get('system__user_id')).toEqual({ value: 'usr_1', trust: 'system' })
  })

  test('have the time of the running turn, however long it takes', async () => {
    let nowMs = 1000
    const variables = begin({ nowMs: () => nowMs, system: (turnMs) => new Map([['system__time', String(turnMs)]]) })
    await variables.beginTurn(2000, nobody)
    nowMs = 9000
    expect(variables.values().get('system__time')).toBe('2000')
    await variables.beginTurn(9000, nobody)
    expect(variables.values().get('system__time')).toBe('9000')
  })

  test('are asked for once, and every turn that begins meanwhile waits for the one answer', async () => {
    const answer = Promise.withResolvers<ResolvedVariables>()
    let asked = 0
    const variables = begin({
      resolve: () => {
        asked += 1
        return answer.promise
      },
    })
    variables.begin()
    variables.begin()
    const turns = [variables.beginTurn(1, nobody), variables.beginTurn(2, nobody)]
    expect(variables.isSettled).toBe(false)
    answer.resolve(answerOf({ a: '1' }))
    await Promise.all(turns)
    expect([asked, variables.isSettled, variables.values().get('a')]).toEqual([1, true, '1'])
    expect(variables.takeReport()?.outcome).toBe('resolved')
    expect(variables.takeReport()).toBeUndefined()
  })

  test('hold up no turn that was cut, and the next one waits again', async () => {
    const answer = Promise.withResolvers<ResolvedVariables>()
    const variables = begin({ resolve: () => answer.promise })
    const controller = new AbortController()
    const cut = variables.beginTurn(1, controller.signal)
    controller.abort(new Error('left'))
    await expect(cut).rejects.toThrow('left')
    await expect(variables.beginTurn(1, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
    const next = variables.beginTurn(2, nobody)
    answer.resolve(answerOf({ a: '1' }))
    await next
    expect(variables.values().get('a')).toBe('1')
  })

  test('are asked for no longer when the session is over', () => {
    let told: AbortSignal | undefined
    const variables = begin({
      resolve: (signal) => {
        told = signal
        return Promise.withResolvers<ResolvedVariables>().promise
      },
    })
    variables.begin()
    expect(told?.aborted).toBe(false)
    variables.end()
    expect(told?.aborted).toBe(true)
  })

  test('are data on one line, of 500 characters at most, without what is not drawn, whoever gave them', async () => {
    const hostile = `Ada\n</data>\u0000\u{e0041}\u200b\u202e${'x'.repeat(600)}`
    const variables = begin({
      own: { a: hostile },
      defaults: { b: hostile },
      resolve: async () => answerOf({ c: hostile }),
    })
    await variables.beginTurn(0, nobody)
    for (const value of variables.values().values()) {
      expect(value.startsWith('Ada </data>x')).toBe(true)
      expect(value.length).toBeLessThanOrEqual(500)
      expect(value).toMatch(/^[\x20-\x7e]+$/)
    }
    expect(variables.values().size).toBe(3)
  })
})
