import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type DocumentLimits, documentLimits } from './document-limits.ts'
import { parserCommand } from './parser-command.ts'
import { readingLimits } from './reading-limits.ts'
import { runParser } from './run-parser.ts'
import { isAlive, parserChildren } from './test-harness/parser-children.ts'
import { pdfOf } from './test-harness/pdf-of.ts'

const isLinux = process.platform === 'linux'
/** Minutes of work for a reader of Markdown. */
const endless = Buffer.from('*a _a '.repeat(500_000))

function read(bytes: Buffer, limits: Partial<DocumentLimits>, signal = AbortSignal.timeout(50_000)) {
  const type = bytes.includes('%PDF') ? 'pdf' : 'markdown'
  return runParser({ type, bytes, limits: { ...documentLimits, ...limits }, signal, onProgress: () => undefined })
}

afterEach(() => {
  if (isLinux && parserChildren().length > 0) throw new Error('a process that reads was left behind')
})

describe('the process that reads a document', () => {
  test('can neither read, write, start nor make anything, and knows no setting', () => {
    const script = new URL('./test-harness/probe-process.ts', import.meta.url)
    const { file, args } = parserCommand({ script, args: [], limits: documentLimits })
    const { stdout } = spawnSync(file, args, { env: {}, encoding: 'utf8' })
    expect(stdout).toBe('probed\n')
  })

  test('is killed when its time is up', async () => {
    await expect(read(endless, { wallMs: 1_500 })).rejects.toMatchObject({ code: 'knowledge.timeout' })
  })

  test.runIf(process.platform !== 'win32')('is killed by the kernel when its processor time is up', async () => {
    await expect(read(endless, { cpuSeconds: 1 })).rejects.toMatchObject({ code: 'knowledge.timeout' })
  })

  test('ends when its heap is full', async () => {
    await expect(read(endless, { heapMb: 24 })).rejects.toMatchObject({ code: 'knowledge.memory' })
  })

  test.runIf(isLinux)('is killed when it holds more memory than it may', async () => {
    await expect(read(endless, { residentMb: 90 })).rejects.toMatchObject({ code: 'knowledge.memory' })
  })

  test('is killed when nobody wants the document any more', async () => {
    const controller = new AbortController()
    const reading = read(endless, {}, controller.signal)
    const reason = new Error('the server stops')
    setTimeout(() => controller.abort(reason), 400)
    await expect(reading).rejects.toBe(reason)
  })

  test('is not started for what nobody wants', async () => {
    const reason = new Error('gone')
    await expect(read(endless, {}, AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  test('tells its progress by pages', async () => {
    const told: (readonly [number, number | null])[] = []
    await runParser({
      type: 'pdf',
      bytes: pdfOf(['BT /F1 11 Tf 72 700 Td (a) Tj ET', 'BT /F1 11 Tf 72 700 Td (b) Tj ET']),
      limits: documentLimits,
      signal: AbortSignal.timeout(50_000),
      onProgress: (done, total) => told.push([done, total]),
    })
    expect(told).toEqual([
      [0, 2],
      [1, 2],
      [2, 2],
    ])
  })

  test('a failure of whoever hears of the progress ends the reading', async () => {
    const reading = runParser({
      type: 'pdf',
      bytes: pdfOf(['']),
      limits: documentLimits,
      signal: AbortSignal.timeout(50_000),
      onProgress: () => {
        throw new Error('lost the lease')
      },
    })
    await expect(reading).rejects.toThrow('lost the lease')
  })

  test('ends when its input ends, which it does with the server', async () => {
    const script = new URL('./parser-process.ts', import.meta.url)
    const args = ['text', ...readingLimits.write(documentLimits)]
    const { file, args: all } = parserCommand({ script, args, limits: documentLimits })
    const child = spawn(file, all, { env: {}, stdio: ['pipe', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    child.stdin.end(Buffer.from([0, 0, 0, 9]))
    await once(child, 'close', { signal: AbortSignal.timeout(30_000) })
  })

  test.runIf(isLinux)('ends when the server was killed, also inside of work that never looks up', async () => {
    const script = fileURLToPath(new URL('./test-harness/read-and-wait.ts', import.meta.url))
    const server = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(server.stdout, 'data')
    const pid = server.pid ?? 0
    const [reader = 0] = await vi.waitUntil(() => (parserChildren(pid).length > 0 ? parserChildren(pid) : undefined), {
      timeout: 30_000,
    })
    server.kill('SIGKILL')
    await once(server, 'close')
    await vi.waitUntil(() => !isAlive(reader), { timeout: 50_000 })
  })
})
