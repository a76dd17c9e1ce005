import { parseArgs } from 'node:util'
import { z } from 'zod'

/** A flag that counts something. */
export const counted = (usual: number, most = 100_000) => z.coerce.number().int().min(1).max(most).default(usual)

/**
 * The flags of a bench, each named once: numbers as the shape says, and `--json`. With `--help` it prints the usage and returns
 * undefined. Throws for a flag that there is none of, and for a number out of its range.
 */
export function readFlags<Shape extends z.ZodRawShape>(usage: string, shape: Shape) {
  if (process.argv.includes('--help')) {
    console.log(usage)
    return undefined
  }
  const numbers = Object.keys(shape).map((name): [string, { type: 'string' }] => [name, { type: 'string' }])
  const { values } = parseArgs({ options: { ...Object.fromEntries(numbers), json: { type: 'boolean' } } })
  return z.object({ ...shape, json: z.boolean().default(false) }).parse(values)
}
