import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { policyCheck } from './policy-check.ts'

describe('hyponema policy check', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hyponema-policy-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const fileOf = async (text: string): Promise<string> => {
    const file = join(folder, 'policy.yaml')
    await writeFile(file, text)
    return file
  }
  const zone =
    'no_go_zones:\n  - name: dose\n    phrases: [double the dose]\n    action: redirect\n    line: Ask a doctor.\n'

  test('says that a document is right, and how many of its tests pass', async () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    try {
      await policyCheck([await fileOf(`${zone}tests:\n  - say: Double the dose.\n    expect: { action: redirect }\n`)])
      expect(written.mock.calls.join('')).toContain('1 of 1 tests pass, 0 findings.')
    } finally {
      written.mockRestore()
    }
  })

  test('refuses a file that is not there, as every command does that is given one', async () => {
    await expect(policyCheck([join(folder, 'none.yaml')])).rejects.toThrow(/none\.yaml cannot be read: ENOENT/)
  })

  test.each([
    ['a field that is none', zone.replace('action', 'acton'), ':4:5: '],
    ['a line that breaks a zone', zone.replace('Ask a doctor', 'Double the dose'), ':5:'],
    [
      'a test that fails',
      `${zone}tests:\n  - say: Good day.\n    expect: { action: redirect }\n`,
      'expected redirect, found allow',
    ],
    ['a zone of no clock', 'sleep_windows:\n  - name: n\n    preset: us-federal\n    time_zone: Mars/Base\n', ':4:'],
  ])('refuses %s, and names the place in the file', async (_, text, found) => {
    await expect(policyCheck([await fileOf(text)])).rejects.toThrow(found)
  })
})
