import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../platform/crypto/test-harness/key-fixtures.ts'
import { prepareObjects } from './prepare-objects.ts'

describe('the folder of sealed files', () => {
  let folder: ReturnType<typeof temporaryFolder>
  beforeEach(() => {
    folder = temporaryFolder()
  })
  afterEach(() => folder.remove())

  it('is made for its owner alone, and closed where it was open', async () => {
    await prepareObjects({ objectsFolder: folder.path('deep/objects') })
    expect(statSync(folder.path('deep/objects')).mode & 0o777).toBe(0o700)
    mkdirSync(folder.path('open'))
    chmodSync(folder.path('open'), 0o755)
    await prepareObjects({ objectsFolder: folder.path('open') })
    expect(statSync(folder.path('open')).mode & 0o777).toBe(0o700)
  })

  it('is refused where it cannot be one, with the setting to change', async () => {
    writeFileSync(folder.path('file'), 'x')
    for (const path of ['file', 'file/objects']) {
      await expect(prepareObjects({ objectsFolder: folder.path(path) })).rejects.toThrow(
        `${folder.path(path)} is no folder and cannot become one; set HYPONEMA_OBJECTS to one.`,
      )
    }
  })
})
