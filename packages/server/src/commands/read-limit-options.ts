import { type WorkspaceLimits, workspaceLimitSizes, workspaceLimitsSchema } from '@hyponema/contract'
import { StartupRefusal } from '../kernel/startup-refusal.ts'

const sizes = Object.entries(workspaceLimitSizes)

/** `--live-sessions N` and so on, one for each limit that a workspace has, as `parseArgs` takes them. */
export const limitOptions: Readonly<Record<string, { readonly type: 'string' }>> = Object.fromEntries(
  sizes.map(([name]) => [optionOf(name), { type: 'string' }]),
)

/** The limits that were written, and no others; a wrong one is a StartupRefusal that says what the option takes. */
export function readLimitOptions(values: Readonly<Record<string, unknown>>): Partial<WorkspaceLimits> {
  const written = sizes.flatMap(([name, { least, most }]) => {
    const text = values[optionOf(name)]
    if (typeof text !== 'string') return []
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (number >= least && number <= most) return [[name, number] as const]
    throw new StartupRefusal(`--${optionOf(name)} is a whole number from ${least} to ${most}.`)
  })
  const names = new Set(written.map(([name]) => name))
  const limits = workspaceLimitsSchema.parse(Object.fromEntries(written))
  // What was not written stays as it is: no default may stand for it.
  return Object.fromEntries(Object.entries(limits).filter(([name]) => names.has(name)))
}

function optionOf(name: string): string {
  return name.replaceAll('_', '-')
}
