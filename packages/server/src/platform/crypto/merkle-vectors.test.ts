import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { verifyConsistency, verifyInclusion } from './merkle-tree.ts'

const folder = process.env['VECTORS_DIR'] ?? fileURLToPath(new URL('../../../../../../shared/vectors', import.meta.url))
const base64 = z
  .string()
  .nullable()
  .transform((text) => Buffer.from(text ?? '', 'base64'))
const common = { desc: z.string(), wantErr: z.boolean(), proof: z.array(base64).nullable() }
const inclusion = z.array(
  z.looseObject({ ...common, leafIdx: z.number(), treeSize: z.number(), root: base64, leafHash: base64 }),
)
const consistency = z.array(
  z.looseObject({ ...common, size1: z.number(), size2: z.number(), root1: base64, root2: base64 }),
)

function read<T>(file: string, schema: z.ZodType<T>): T | undefined {
  const path = `${folder}/merkle/${file}`
  return existsSync(path) ? schema.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined
}

describe('known answers of transparency-dev/merkle', () => {
  const inclusions = read('inclusion.json', inclusion)
  test.skipIf(inclusions === undefined)(`of inclusion, ${inclusions?.length ?? 0} cases`, () => {
    const wrong = (inclusions ?? []).filter(({ leafIdx, treeSize, proof, wantErr, ...claim }) => {
      const holds = verifyInclusion({ index: leafIdx, size: treeSize, proof: proof ?? [], ...claim })
      return holds === wantErr
    })
    expect(wrong.map(({ desc }) => desc)).toEqual([])
    expect(inclusions).toHaveLength(49)
  })

  const consistencies = read('consistency.json', consistency)
  test.skipIf(consistencies === undefined)(`of consistency, ${consistencies?.length ?? 0} cases`, () => {
    const wrong = (consistencies ?? []).filter(({ size1, size2, root1, root2, proof, wantErr }) => {
      const claim = { older: { size: size1, root: root1 }, newer: { size: size2, root: root2 }, proof: proof ?? [] }
      return verifyConsistency(claim) === wantErr
    })
    expect(wrong.map(({ desc }) => desc)).toEqual([])
    expect(consistencies).toHaveLength(43)
  })
})
