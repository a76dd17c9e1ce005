import { maskNamed } from './mask-named.ts'

/** A value as JSON has it, with every name and text of it masked, and numbers as they are written. */
export function maskStrings(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === 'string') return mask(value)
  if (typeof value === 'number') {
    const written = String(value)
    const masked = mask(written)
    return masked === written ? value : masked
  }
  if (Array.isArray(value)) return value.map((one: unknown) => maskStrings(one, mask))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      mask(name),
      typeof one === 'string' ? maskNamed(name, one, mask) : maskStrings(one, mask),
    ]),
  )
}
