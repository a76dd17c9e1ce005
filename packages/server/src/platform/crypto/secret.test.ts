import { inspect } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Secret } from './secret.ts'
import { bytesOf } from './test-harness/key-fixtures.ts'

const key = 'sk-live-recognisable-0123456789'
const secret = () => new Secret(Buffer.from(key))

/** Every spelling in which the bytes could appear in a text. */
function shows(text: string): boolean {
  const bytes = Buffer.from(key)
  const spellings = [key, bytes.toString('hex'), bytes.toString('base64url').slice(0, 30), [...bytes].join(',')]
  return spellings.some((spelling) => text.includes(spelling))
}

/** As a value of no known type reaches a template, which the linter would otherwise refuse: rightly. */
function inTemplate(value: { toString: () => string } | string): string {
  return String.raw({ raw: ['', ''] }, value)
}

describe('a secret', () => {
  it('lends its bytes inside use and gives back what the work returns', () => {
    expect(secret().use((bytes) => bytes.toString())).toBe(key)
  })

  it.each([
    ['a string', (one: Secret) => String(one)],
    ['a template', (one: Secret) => inTemplate(one)],
    ['a joined list', (one: Secret) => [one].join(',')],
    ['JSON', (one: Secret) => JSON.stringify({ one }).slice(8, -2)],
    ['inspect', (one: Secret) => inspect(one)],
    ['inspect inside an object', (one: Secret) => /\[secret\]/.exec(inspect({ deep: { one } }, { depth: 9 }))?.[0]],
  ])('prints as [secret] in %s', (_name, print) => {
    expect(print(secret())).toBe('[secret]')
  })

  it.each([
    [
      'inspect with everything switched on',
      (one: Secret) => inspect(one, { showHidden: true, customInspect: false, depth: 9 }),
    ],
    ['its own keys', (one: Secret) => JSON.stringify([Reflect.ownKeys(one), Object.entries(one)])],
    ['structuredClone', (one: Secret) => inspect(structuredClone({ one }), { showHidden: true, depth: 9 })],
    ['a spread', (one: Secret) => JSON.stringify({ ...one })],
    ['the message format of workers', (one: Secret) => inspect(deserialize(serialize({ one })), { depth: 9 })],
    ['an error cause', (one: Secret) => inspect(new Error('x', { cause: one }))],
  ])('shows nothing in %s', (_name, show) => {
    expect(shows(show(secret()))).toBe(false)
  })

  it('refuses to be used after destroy', () => {
    const one = secret()
    expect(one.isDestroyed).toBe(false)
    one.destroy()
    expect(one.isDestroyed).toBe(true)
    expect(() => one.use(String)).toThrow(RangeError)
  })

  it('zeroes its bytes on destroy, also where somebody has kept hold of them, and destroy may come twice', () => {
    const one = secret()
    const kept = one.use((bytes) => bytes)
    one.destroy()
    one.destroy()
    expect(kept.equals(Buffer.alloc(key.length))).toBe(true)
  })

  it('has a copy: wiping the source keeps it, and destroying it keeps the source', () => {
    const source = Buffer.from(key)
    const one = new Secret(source)
    source.fill(0)
    expect(bytesOf(one).toString()).toBe(key)
  })

  it('shares its memory with no other buffer, so that a clone of one cannot carry it along', () => {
    expect(secret().use((bytes) => bytes.buffer.byteLength)).toBe(key.length)
  })

  it('may be empty', () => {
    expect(new Secret(Buffer.alloc(0)).use((bytes) => bytes.length)).toBe(0)
  })

  it('lends exactly the bytes it was given, for all bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(bytesOf(new Secret(bytes)).equals(bytes)).toBe(true)
      }),
    )
  })
})
