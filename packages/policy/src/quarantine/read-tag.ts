/** A start or end tag as a browser reads it. */
export interface Tag {
  readonly name: string
  readonly isEnd: boolean
  /** `<br/>`: it encloses nothing in XML, and means nothing in HTML. */
  readonly isSelfClosing: boolean
  readonly attributes: ReadonlyMap<string, string>
  /** The offset behind it. */
  readonly end: number
}

const nameStart = /[a-zA-Z]/
const nameEnd = /[\s/>]/
const space = /\s/
/** A tag with more in it is no tag that anybody wrote by hand; it stays as text. */
const maxTagCharacters = 4000

/** The tag that begins at `at`, or undefined where there is none. A quotation mark opens a value only behind an equals sign. */
export function readTag(text: string, at: number): Tag | undefined {
  const isEnd = text[at + 1] === '/'
  const start = at + (isEnd ? 2 : 1)
  if (!nameStart.test(text[start] ?? '')) return undefined
  const limit = Math.min(text.length, at + maxTagCharacters)
  let place = start
  const until = (stops: RegExp): string => {
    const from = place
    while (place < limit && !stops.test(text[place] ?? '')) place += 1
    return text.slice(from, place)
  }
  const skipSpace = (): void => {
    while (place < limit && space.test(text[place] ?? '')) place += 1
  }
  const name = until(nameEnd).toLowerCase()
  const attributes = new Map<string, string>()
  while (place < limit) {
    skipSpace()
    const sign = text[place]
    if (sign === '>') return { name, isEnd, isSelfClosing: text[place - 1] === '/', attributes, end: place + 1 }
    // Within a tag a browser takes it for a part of a name; in a text it is the beginning of the next tag.
    if (sign === '<') return undefined
    if (sign === '/') {
      place += 1
      continue
    }
    const attribute = until(/[\s/>=<]/).toLowerCase()
    skipSpace()
    if (text[place] !== '=') {
      if (attribute !== '' && !attributes.has(attribute)) attributes.set(attribute, '')
      continue
    }
    place += 1
    skipSpace()
    const value = readValue()
    if (value === undefined) return undefined
    if (!attributes.has(attribute)) attributes.set(attribute, value)
  }
  return undefined

  function readValue(): string | undefined {
    const quote = text[place]
    if (quote !== '"' && quote !== "'") return until(/[\s>]/)
    const close = text.indexOf(quote, place + 1)
    if (close === -1 || close >= limit) return undefined
    const value = text.slice(place + 1, close)
    place = close + 1
    return value
  }
}
