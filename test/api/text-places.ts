/** Where a text stands in a request: `['query', name]`, or `['body', key, 0, key]`. */
export type TextPlace = readonly (string | number)[]

type Request = { readonly path: string; readonly body: unknown }

/** Every text of a request that an id does not stand in: of its query and of its body, at any depth. */
export function textPlaces({ path, body }: Request): readonly TextPlace[] {
  const query = new URL(path, 'http://local').searchParams
  return [...[...query.keys()].map((name) => ['query', name]), ...placesIn(body, ['body'])]
}

/** The same request with that text. */
export function withTextAt(request: Request, [part, ...place]: TextPlace, text: string): Request {
  if (part === 'body') return { ...request, body: replaced(request.body, place, text) }
  const url = new URL(request.path, 'http://local')
  url.searchParams.set(String(place[0]), text)
  return { ...request, path: `${url.pathname}${url.search}` }
}

function placesIn(value: unknown, at: TextPlace): readonly TextPlace[] {
  if (typeof value === 'string') return [at]
  if (typeof value !== 'object' || value === null) return []
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return entries.flatMap(([key, item]: readonly [string | number, unknown]) => placesIn(item, [...at, key]))
}

function replaced(value: unknown, [key, ...rest]: TextPlace, text: string): unknown {
  if (key === undefined) return text
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value
    return items.map((item, index) => (index === key ? replaced(item, rest, text) : item))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, name === key ? replaced(item, rest, text) : item]),
  )
}
