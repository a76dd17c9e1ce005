import { lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addKeyringKey, loadOrCreateKeyring } from './keyring.ts'
import { removeKeyringKey } from './remove-keyring-key.ts'
import { standingClock, temporaryFolder } from './test-harness/key-fixtures.ts'

const announce = () => Promise.resolve()

describe('the file of the keyring, when it is changed', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let path: string
  beforeEach(async () => {
    folder = temporaryFolder()
    path = folder.path('keyring.json')
    await loadOrCreateKeyring(path, { clock: standingClock() })
  })
  afterEach(() => folder.remove())

  const rotate = (where: string) => addKeyringKey(where, { purpose: 'credentials', clock: standingClock(), announce })

  it('leaves no copy of a key that was taken out, although a command was killed while it wrote one', async () => {
    await rotate(path)
    writeFileSync(`${path}.0123456789abcdef.new`, readFileSync(path), { mode: 0o600 })
    writeFileSync(folder.path('keyring.json.mine.new'), 'a file of somebody else')
    await removeKeyringKey(path, { id: 'credentials-1', announce })
    expect(readdirSync(dirname(path)).toSorted()).toEqual(['keyring.json', 'keyring.json.mine.new'])
  })

  it('is the one that a link leads to, and the link stays', async () => {
    const other = temporaryFolder()
    try {
      const kept = other.path('keys-on-a-volume.json')
      await loadOrCreateKeyring(kept, { clock: standingClock() })
      const link = folder.path('linked.json')
      symlinkSync(kept, link)
      await rotate(link)
      expect(lstatSync(link).isSymbolicLink()).toBe(true)
      expect(readFileSync(kept, 'utf8')).toContain('credentials-2')
      expect(readdirSync(dirname(kept))).toEqual(['keys-on-a-volume.json'])
    } finally {
      other.remove()
    }
  })

  it('is not made at the end of a link that leads nowhere', async () => {
    const link = folder.path('linked.json')
    symlinkSync(folder.path('nowhere'), link)
    await expect(rotate(link)).rejects.toThrow('is not there; nothing was changed')
    expect(readdirSync(dirname(path)).toSorted()).toEqual(['keyring.json', 'linked.json'])
  })
})
