import { cssLength } from './css-length.ts'

/** A window on a desk, in CSS pixels. */
const width = 1_280
const height = 800

/** Whether the rules of an @media block hold for somebody who reads the page on a usual screen; not where we cannot tell. */
export function mediaApplies(condition: string): boolean {
  return condition
    .toLowerCase()
    .split(',')
    .some((query) => holds(query.trim()))
}

function holds(query: string): boolean {
  if (query.startsWith('not ')) return /^not\s+(?:print|speech)$/.test(query)
  return query
    .replace(/^only\s+/, '')
    .split(/\s+and\s+/)
    .every((part) => part === '' || part === 'screen' || part === 'all' || hasFeature(part))
}

function hasFeature(part: string): boolean {
  const [, name, value = ''] = /^\(\s*([a-z-]+)\s*(?::\s*([^()]*?))?\s*\)$/.exec(part) ?? []
  const length = cssLength(value) ?? 0
  switch (name) {
    case 'min-width':
    case 'min-device-width':
      return length <= width
    case 'max-width':
    case 'max-device-width':
      return length >= width
    case 'min-height':
      return length <= height
    case 'max-height':
      return length >= height
    case 'orientation':
      return value === 'landscape'
    case 'hover':
    case 'any-hover':
      return value === 'hover' || value === ''
    case 'pointer':
    case 'any-pointer':
      return value === 'fine' || value === ''
    case 'color':
      return true
    case 'prefers-color-scheme':
      return value === 'light'
    default:
      return false
  }
}
