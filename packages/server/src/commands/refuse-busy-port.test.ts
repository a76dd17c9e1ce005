import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { createLogger } from '../platform/telemetry/create-logger.ts'
import { prepareDatabase } from './prepare-database.ts'
import { refuseBusyPort } from './refuse-busy-port.ts'
import { ShutdownSteps } from './shutdown-steps.ts'

const host = '127.0.0.1'

describe('the port', () => {
  let taken: Server
  let port: number
  let home: string
  beforeEach(async () => {
    home = await mkdtemp('/tmp/hyponema-port-')
    taken = createServer()
    await new Promise<void>((resolve) => {
      taken.listen(0, host, resolve)
    })
    const address = taken.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
  })
  afterEach(async () => {
    taken.close()
    await rm(home, { recursive: true, force: true })
  })

  test('that is in use is refused, one that is free is given back', async () => {
    await expect(refuseBusyPort({ host, port })).rejects.toThrow(`Port ${port} is in use; stop what uses it`)
    await new Promise((resolve) => {
      taken.close(resolve)
    })
    await refuseBusyPort({ host, port })
    await refuseBusyPort({ host, port })
  })

  test('of an address that is not of this machine is refused', async () => {
    await expect(refuseBusyPort({ host: '192.0.2.1', port: 4700 })).rejects.toThrow(
      '192.0.2.1:4700 cannot be listened on',
    )
  })

  test('in use is said before a first start has made a database', async () => {
    const environment = { HYPONEMA_PORT: String(port), HYPONEMA_HOME: home }
    const log = createLogger('fatal')
    const shutdown = new ShutdownSteps(log)
    const config = readConfig({ environment, workingFolder: home })
    await expect(prepareDatabase({ config, serves: true, log, shutdown })).rejects.toThrow(`Port ${port}`)
    await shutdown.run()
    const left = await readdir(home, { recursive: true })
    expect(left.filter((name) => /data|admin|lock|address/.test(name))).toEqual([])
    expect(left).not.toContain(join('postgres', 'data'))
  })
})
