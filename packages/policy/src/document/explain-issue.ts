import type { policyDocumentSchema } from '@hyponema/contract'

type Issues = NonNullable<ReturnType<typeof policyDocumentSchema.safeParse>['error']>['issues']
export type PolicyIssue = Issues[number]

/** What was expected and found, and what to write instead. */
export interface Explanation {
  readonly message: string
  readonly fix: string
}

const kinds: Readonly<Record<string, string>> = {
  object: 'fields',
  record: 'fields',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

/** An issue of the schema in the words of who writes policies. `value` is what stands there, undefined where nothing does. */
export function explainIssue(issue: PolicyIssue, value: unknown): Explanation {
  const name = String(issue.path.at(-1) ?? 'the document')
  switch (issue.code) {
    case 'invalid_type':
      return explainType(issue.expected, { name, value })
    case 'invalid_value':
      return explainChoice(issue.values.map(String), { name, value })
    case 'invalid_union':
      return explainUnion(issue.errors.flat(), { name, value })
    case 'too_big':
      return explainSize(`at most ${issue.maximum}`, { name, value, over: Number(issue.maximum) })
    case 'too_small': {
      const least = issue.inclusive === false ? `more than ${issue.minimum}` : `at least ${issue.minimum}`
      return explainSize(least, { name, value, over: undefined })
    }
    case 'invalid_format':
      return explainFormat(issue.message, { name, value })
    default:
      return { message: found(issue.message, value), fix: fixOf(issue.message, name) }
  }
}

interface Place {
  readonly name: string
  readonly value: unknown
}

function explainType(expected: string, { name, value }: Place): Explanation {
  const kind = kinds[expected] ?? expected
  if (value === undefined) return { message: `\`${name}\` is missing: expected ${kind}`, fix: missing(name, expected) }
  return { message: `expected ${kind}, found ${shown(value)}`, fix: retyped(expected, { name, value }) }
}

function missing(name: string, expected: string): string {
  if (expected === 'array') return `write \`${name}: [...]\` with at least one entry`
  if (expected === 'object' || expected === 'record') return `write \`${name}:\` and its fields below it`
  return `write \`${name}:\` and ${kinds[expected] ?? expected}`
}

function retyped(expected: string, { name, value }: Place): string {
  const whole = /^\d+$/.test(name) ? 'the entry' : `\`${name}\``
  if (value === null) return `write ${kinds[expected] ?? expected}, or remove ${whole}`
  if (expected === 'string' && typeof value !== 'object') return `put it in quotes: "${JSON.stringify(value)}"`
  if (expected === 'array') {
    return typeof value === 'object'
      ? 'begin each entry with "- "'
      : `write a list, also for one entry: [${JSON.stringify(value)}]`
  }
  if (expected === 'boolean') return 'write true or false, without quotes'
  if (expected === 'int' && typeof value === 'number' && Number.isFinite(value)) return `write ${Math.round(value)}`
  if (expected === 'number' || expected === 'int') return 'write digits, without quotes'
  return Array.isArray(value) ? 'write its fields without "- "' : 'write its fields below it, as `field: value`'
}

function explainChoice(choices: readonly string[], { name, value }: Place): Explanation {
  const list = choices.join(', ')
  if (value === undefined) return { message: `\`${name}\` is missing`, fix: `write \`${name}:\` and one of ${list}` }
  const [near, ...more] = choices.filter((choice) => typeof value === 'string' && isNear(choice, value))
  return {
    message: `expected one of ${list}, found ${shown(value)}`,
    fix: near === undefined || more.length > 0 ? `write one of ${list}` : `write ${near}`,
  }
}

/** Another case, or the beginning of the same word: "monday" for mon. */
function isNear(choice: string, value: string): boolean {
  const [left, right] = [choice.toLowerCase(), value.toLowerCase()]
  return right !== '' && (left.startsWith(right) || right.startsWith(left))
}

function explainUnion(
  errors: readonly { readonly code: string; readonly message: string }[],
  place: Place,
): Explanation {
  const names = errors.flatMap((error) =>
    'expected' in error ? [kinds[String(error.expected)] ?? String(error.expected)] : [],
  )
  const list = names.length === 0 ? 'something else' : names.join(' or ')
  return { message: `expected ${list}, found ${shown(place.value)}`, fix: `write ${list}` }
}

function explainSize(bound: string, { name, value, over }: Place & { readonly over: number | undefined }): Explanation {
  const [size, unit] =
    typeof value === 'string'
      ? [value.length, ' characters']
      : Array.isArray(value)
        ? [value.length, ' entries']
        : [value, '']
  const message = `expected ${bound}${unit}, found ${typeof size === 'number' ? size : shown(value)}`
  if (unit === '') return { message, fix: `write a number of ${bound}` }
  if (over === undefined) return { message, fix: `write ${bound}${unit}, or remove \`${name}\`` }
  const rest = typeof size === 'number' ? size - over : 0
  return {
    message,
    fix: unit === ' entries' ? `remove ${rest}, or put them into another policy` : `shorten it by ${rest} characters`,
  }
}

function explainFormat(message: string, { name, value }: Place): Explanation {
  if (message === 'Invalid ISO datetime') {
    return {
      message: `expected an instant, found ${shown(value)}`,
      fix: 'write date, time and offset, as "2026-12-01T09:30:00Z"',
    }
  }
  const better = typeof value === 'string' ? corrected(value, message) : undefined
  return { message: found(message, value), fix: better === undefined ? fixOf(message, name) : `write ${better}` }
}

/** What was probably meant: a time without its first zero, a name with capitals or blanks. */
function corrected(value: string, message: string): string | undefined {
  if (/^\d:[0-5]\d$/.test(value)) return `"0${value}"`
  if (!message.includes('lower-case')) return undefined
  const slug = value
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-0-9]+|-+$/g, '')
  return /^[A-Za-z][A-Za-z0-9 _-]*$/.test(value) && slug !== value && slug.length <= 60 ? slug : undefined
}

/** Our own messages say what is expected; what to write is the same. */
function fixOf(message: string, name: string): string {
  const [, wanted] = /^expected (.+?)(?:, found .*)?$/s.exec(message) ?? []
  if (wanted === undefined) return `correct \`${name}\``
  return wanted.startsWith('none') ? `remove \`${name}\`` : `write ${wanted}`
}

function found(message: string, value: unknown): string {
  const says = value === undefined || message.includes(', found ') || typeof value === 'object'
  return says ? message : `${message}, found ${shown(value)}`
}

/** Short, on one line, and nothing that steers a terminal. */
function shown(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'fields'
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value)
  return typeof value === 'number' || typeof value === 'boolean' ? `${value}` : 'something else'
}
