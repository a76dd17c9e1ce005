import { Console } from 'node:console'
import { PassThrough } from 'node:stream'
import { format, inspect } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import fc from 'fast-check'
import { pino } from 'pino'
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

const everything = { showHidden: true, customInspect: false, depth: 9, getters: true } as const

/** As a value of no known type reaches a template, which the linter would otherwise refuse: rightly. */
function inTemplate(value: { toString: () => string } | string): string {
  return String.raw({ raw: ['', ''] }, value)
}

/** What a console prints of it. */
function printed(print: (console: Console) => void): string {
  const out = new PassThrough()
  print(new Console({ stdout: out, stderr: out }))
  return String(out.read())
}

function logged(write: (log: pino.Logger) => void): string {
  const lines: string[] = []
  write(pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }))
  return lines.join('')
}

function throughPort(value: unknown): string {
  const { port1, port2 } = new MessageChannel()
  port1.postMessage(value)
  const received: unknown = receiveMessageOnPort(port2)
  port1.close()
  return inspect(received, { showHidden: true, depth: 9 })
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
    ['a primitive of text', (one: Secret) => one[Symbol.toPrimitive]()],
    ['a format', (one: Secret) => format('%s', one)],
    ['console.log', (one: Secret) => printed((console) => console.log(one)).trim()],
    ['a line of the log', (one: Secret) => /"one":"([^"]*)"/.exec(logged((log) => log.info({ one }, 'x')))?.[1]],
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
    ['an error cause with everything shown', (one: Secret) => inspect(new Error('x', { cause: one }), everything)],
    ['a logged error', (one: Secret) => logged((log) => log.error(new Error('x', { cause: one })))],
    ['a log that is given it alone', (one: Secret) => logged((log) => log.info(one))],
    ['console.dir', (one: Secret) => printed((console) => console.dir(one))],
    ['console.table', (one: Secret) => printed((console) => console.table([one]))],
    ['a message to another thread', (one: Secret) => throughPort({ one })],
    ['a proxy of it', (one: Secret) => inspect(new Proxy(one, {}), { ...everything, showProxy: true })],
    ['a number', (one: Secret) => String(Number(one))],
    ['its iteration', (one: Secret) => JSON.stringify([Object.keys(one), Object.getOwnPropertyDescriptors(one)])],
    ['every format', (one: Secret) => format('%s %d %i %f %j %o %O', one, one, one, one, one, one, one)],
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
    const kept: Buffer[] = []
    one.use((bytes) => void kept.push(bytes))
    one.destroy()
    one.destroy()
    expect(kept).toEqual([Buffer.alloc(key.length)])
  })

  it.each([
    ['them', (bytes: Buffer) => bytes],
    ['a part of them', (bytes: Buffer) => bytes.subarray(3, 5)],
    ['another view of them', (bytes: Buffer) => new DataView(bytes.buffer)],
    ['their memory', (bytes: Buffer) => bytes.buffer],
  ])('lends its bytes and refuses to give away %s', (_name, take) => {
    expect(() => secret().use<unknown>(take)).toThrow(TypeError)
  })

  it('gives a copy that somebody makes: that one is theirs to wipe', () => {
    const one = secret()
    const copy = one.use((bytes) => Buffer.copyBytesFrom(bytes))
    one.destroy()
    expect(copy.toString()).toBe(key)
  })

  it('that is destroyed while work goes on leaves it zeros, and never half a key', async () => {
    const one = secret()
    const working = one.use(async (bytes) => {
      await Promise.resolve()
      return bytes.toString()
    })
    one.destroy()
    expect(await working).toBe('\0'.repeat(key.length))
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

  it('prints the same under all options of inspect, whatever its bytes are', () => {
    const options = fc.record({
      showHidden: fc.boolean(),
      depth: fc.constantFrom(null, 0, 9),
      colors: fc.boolean(),
      customInspect: fc.boolean(),
      showProxy: fc.boolean(),
      getters: fc.constantFrom<boolean | 'get' | 'set'>(true, false, 'get', 'set'),
      maxArrayLength: fc.constantFrom(null, 0, 9),
      compact: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 200 }), options, (bytes, how) => {
        const text = inspect(new Secret(bytes), how)
        expect(text).toBe(inspect(new Secret(Buffer.alloc(1)), how))
        if (how.customInspect) expect(text).toBe('[secret]')
      }),
    )
  })

  it('lends exactly the bytes it was given, for all bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(bytesOf(new Secret(bytes)).equals(bytes)).toBe(true)
      }),
    )
  })
})
