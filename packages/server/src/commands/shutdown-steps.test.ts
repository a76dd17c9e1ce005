import { execFile } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { createLogger } from '../platform/telemetry/create-logger.ts'
import { ShutdownSteps } from './shutdown-steps.ts'

const modules = {
  steps: new URL('./shutdown-steps.ts', import.meta.url).href,
  logger: new URL('../platform/telemetry/create-logger.ts', import.meta.url).href,
}

/** A process that has these steps to undo and is told to stop. */
function stopped(body: string): Promise<{ code: number; said: string }> {
  const script = `
    import { ShutdownSteps } from '${modules.steps}'
    import { createLogger } from '${modules.logger}'
    const shutdown = new ShutdownSteps(createLogger('error'))
    shutdown.onSignals()
    ${body}
    process.kill(process.pid, 'SIGTERM')
    setTimeout(() => {}, 20_000)`
  return new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '--eval', script], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, said: stdout + stderr })
    })
  })
}

describe('stopping', () => {
  test('undoes in the reverse order, whatever fails, and names what failed', async () => {
    const lines: string[] = []
    const shutdown = new ShutdownSteps(createLogger('error', { write: (line: string) => void lines.push(line) }))
    const undone: string[] = []
    for (const name of ['first', 'second', 'third']) {
      shutdown.add(name, async () => {
        undone.push(name)
        if (name === 'second') throw new RangeError('stuck')
      })
    }
    expect(await shutdown.run()).toEqual(['second'])
    expect(undone).toEqual(['third', 'second', 'first'])
    expect(lines).toEqual([expect.stringContaining('stopping second failed')])
    expect(await shutdown.run()).toEqual(['second'])
    expect(undone).toHaveLength(3)
  })

  test('in order ends with 0', async () => {
    const { code, said } = await stopped(`shutdown.add('worker', async () => {})`)
    expect([code, said]).toEqual([0, expect.not.stringContaining('not in order')])
  })

  test.each([
    ['a step that fails', `shutdown.add('worker', async () => { throw new Error('stuck') })`, 'worker'],
    [
      'a failure that nobody caught meanwhile',
      `shutdown.add('worker', async () => { Promise.reject(new Error('lost')); await new Promise(setImmediate) })`,
      'an unexpected failure',
    ],
  ])('with %s ends with 1 and says what', async (_name, body, named) => {
    const { code, said } = await stopped(body)
    expect([code, said]).toEqual([1, expect.stringContaining(`Stopping was not in order: ${named};`)])
  })
})
