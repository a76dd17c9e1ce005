import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { clinicFiles } from './clinic-files.ts'
import { DeskProcess } from './desk-process.ts'

const key = 'key-of-the-desk'

/** A desk that ends when it is asked to, and says with which key it was started. */
const mortal = `
import { createServer } from 'node:http'
const server = createServer((request, response) => {
  if (request.url === '/end') { console.error('told to end'); process.exit(3) }
  response.end(process.env.DESK_KEY)
})
server.on('error', () => process.exit(1))
server.listen(Number(process.env.DESK_PORT), '127.0.0.1', () => process.send({ port: server.address().port }))
process.once('disconnect', () => process.exit(0))
`

describe('the booking desk of the demo', () => {
  let folder: string
  let warnings: string[]
  const running: DeskProcess[] = []
  const make = (script: string): DeskProcess => {
    const made = new DeskProcess({ script, key, warn: (sentence) => warnings.push(sentence) })
    running.push(made)
    return made
  }
  const ask = async (port: number | undefined, path = '/'): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}${path}`)).text()

  beforeEach(async () => {
    warnings = []
    folder = await mkdtemp(join(tmpdir(), 'hyponema-desk-'))
    await writeFile(join(folder, 'mortal.mjs'), mortal)
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()))
    await rm(folder, { recursive: true, force: true })
  })

  test('listens on a port of its own for whoever has its key, and ends with the server', async () => {
    const desk = make(clinicFiles.desk)
    const port = await desk.start(undefined)
    const open = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${port}/slots?weekday=Monday`, { headers })
    expect((await open({})).status).toBe(401)
    expect(await (await open({ authorization: `Bearer ${key}` })).json()).toMatchObject({ weekday: 'Monday' })
    await desk.stop()
    await expect(open({})).rejects.toThrow('fetch failed')
    expect(warnings).toEqual([])
  })

  test('that ends by itself is started again on the same port, and the log says so', async () => {
    const port = await make(join(folder, 'mortal.mjs')).start(undefined)
    expect(await ask(port)).toBe(key)
    for (const times of [1, 2]) {
      await ask(port, '/end').catch(() => undefined)
      await vi.waitFor(async () => expect(await ask(port)).toBe(key), { timeout: 20_000, interval: 50 })
      expect(warnings).toHaveLength(times)
    }
    expect(warnings[0]).toBe('the booking desk of the demo ended and is started again: told to end')
  })

  test('takes another port where its own is taken when the server starts', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve)
    })
    const address = other.address()
    const taken = typeof address === 'object' ? address?.port : undefined
    const port = await make(clinicFiles.desk).start(taken)
    expect(port).toBeGreaterThan(0)
    expect(port).not.toBe(taken)
    expect(warnings).toEqual([])
    other.close()
  })

  test('leaves the port alone on which the server is about to listen', async () => {
    const first = await make(clinicFiles.desk).start(undefined)
    await running[0]?.stop()
    const warn = (sentence: string) => void warnings.push(sentence)
    const desk = new DeskProcess({
      script: clinicFiles.desk,
      key,
      warn,
      ...(first === undefined ? {} : { notPort: first }),
    })
    running.push(desk)
    const port = await desk.start(first)
    expect(port).toBeGreaterThan(0)
    expect(port).not.toBe(first)
    await expect(ask(first)).rejects.toThrow('fetch failed')
  })

  test('leaves it alone too where any free port would be it', async () => {
    // Whatever it asks for, the first of these listens on the port that is not to be taken.
    const stubborn = mortal
      .replace('Number(process.env.DESK_PORT)', 'existsSync(mark) ? 0 : (writeFileSync(mark, ""), wished)')
      .replace(
        'const server',
        `import { existsSync, writeFileSync } from 'node:fs'
const mark = ${JSON.stringify(join(folder, 'was here'))}
const wished = Number(process.env.DESK_KEY.split(' ').at(-1))
const server`,
      )
    await writeFile(join(folder, 'stubborn.mjs'), stubborn)
    const free = await make(join(folder, 'mortal.mjs')).start(undefined)
    await running[0]?.stop()
    if (free === undefined) throw new Error('expected a port')
    const warn = (sentence: string) => void warnings.push(sentence)
    const desk = new DeskProcess({ script: join(folder, 'stubborn.mjs'), key: `key ${free}`, notPort: free, warn })
    running.push(desk)
    const port = await desk.start(undefined)
    expect(port).not.toBe(free)
    expect(await ask(port)).toBe(`key ${free}`)
    await expect(ask(free)).rejects.toThrow('fetch failed')
    expect(warnings).toEqual([])
  })

  test('that is stopped while it starts ends, is not started again, and is no news', async () => {
    const desk = make(join(folder, 'mortal.mjs'))
    const starting = desk.start(4999)
    await desk.stop()
    expect(await starting).toBeUndefined()
    expect(warnings).toEqual([])
  })

  test('that cannot run has no port where it never had one, and its old one otherwise; both are told', async () => {
    expect(await make(join(folder, 'nothing.mjs')).start(undefined)).toBeUndefined()
    expect(await make(join(folder, 'nothing.mjs')).start(4999)).toBe(4999)
    expect(warnings).toHaveLength(2)
    for (const warning of warnings)
      expect(warning).toContain('the booking desk of the demo does not run, so the demo books nothing:')
  })
})
