/** A text that was packed so often is packed to hide it; whoever wrote it by hand meant what is found until there. */
const maxRounds = 3
/** More forms than that are not made of one text. */
const maxForms = 16

/**
 * A text and what it decodes to: percent-encoding, escapes of JSON, entities of HTML, base64 and hexadecimal, also of one inside
 * the other. A value that was packed on its way from a document to a call still has the document as its origin.
 */
export function decodedForms(text: string): readonly string[] {
  const forms = new Set([text])
  let last: readonly string[] = [text]
  for (let round = 0; round < maxRounds && last.length > 0; round += 1) {
    const next = last
      .flatMap((form) => decoders.flatMap((decode) => decode(form) ?? []))
      .filter((form) => !forms.has(form))
    last = next.slice(0, Math.max(0, maxForms - forms.size))
    for (const form of last) forms.add(form)
  }
  return [...forms]
}

type Decode = (text: string) => string | undefined

const decoders: readonly Decode[] = [percent, escapes, entities, base64, hexadecimal]

function percent(text: string): string | undefined {
  if (!/%[0-9a-f]{2}/i.test(text)) return undefined
  return text.replaceAll('+', ' ').replaceAll(
    /(?:%[0-9a-f]{2})+/gi,
    (run) =>
      readUtf8(
        run
          .split('%')
          .slice(1)
          .map((pair) => Number.parseInt(pair, 16)),
      ) ?? run,
  )
}

const namedEscapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: ' ', f: ' ' }

function escapes(text: string): string | undefined {
  if (!text.includes('\\')) return undefined
  return text.replaceAll(
    /\\(?:u\{([0-9a-f]{1,6})\}|u([0-9a-f]{4})|x([0-9a-f]{2})|(.))/gi,
    (all, long, four, two, sign) => {
      const code = long ?? four ?? two
      if (code === undefined) return namedEscapes[String(sign)] ?? String(sign)
      const point = Number.parseInt(String(code), 16)
      return point <= 0x10ffff
        ? four === undefined
          ? String.fromCodePoint(point)
          : String.fromCharCode(point)
        : String(all)
    },
  )
}

const namedEntities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

function entities(text: string): string | undefined {
  if (!/&(?:#\d|#x[0-9a-f]|[a-z]{2,6};)/i.test(text)) return undefined
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));?/gi, (all, decimal, hex, name) => {
    if (name !== undefined) return namedEntities[String(name).toLowerCase()] ?? String(all)
    const point = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal)
    return point <= 0x10ffff ? String.fromCodePoint(point) : String(all)
  })
}

/** Shorter ones are words. */
const base64Run = /[A-Za-z0-9+/_-]{8,}={0,2}/g

function base64(text: string): string | undefined {
  return replaceRuns(text, base64Run, (run) => {
    const bytes: number[] = []
    let bits = 0
    let held = 0
    for (const letter of run.replace(/=+$/, '')) {
      held = (held << 6) | base64Alphabet.indexOf(letter === '-' ? '+' : letter === '_' ? '/' : letter)
      bits += 6
      if (bits < 8) continue
      bits -= 8
      bytes.push((held >> bits) & 0xff)
      held &= (1 << bits) - 1
    }
    return bytes
  })
}

const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function hexadecimal(text: string): string | undefined {
  return replaceRuns(text, /\b(?:[0-9a-f]{2}){4,}\b/gi, (run) =>
    (run.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)),
  )
}

/** Undefined where nothing in it decodes to a text that one could read. */
function replaceRuns(text: string, pattern: RegExp, decode: (run: string) => readonly number[]): string | undefined {
  let found = false
  const decoded = text.replaceAll(pattern, (run) => {
    const plain = readUtf8(decode(run))
    if (plain === undefined || /[\p{Cc}\p{Co}\p{Cn}]/u.test(plain.replaceAll(/[\t\n\r]/g, ' '))) return run
    found = true
    return ` ${plain} `
  })
  return found ? decoded : undefined
}

/** Undefined for bytes that are no UTF-8. */
function readUtf8(bytes: readonly number[]): string | undefined {
  let text = ''
  let at = 0
  while (at < bytes.length) {
    const first = bytes[at] ?? 0
    const length =
      first < 0x80
        ? 1
        : first >= 0xc2 && first < 0xe0
          ? 2
          : first >= 0xe0 && first < 0xf0
            ? 3
            : first >= 0xf0 && first < 0xf5
              ? 4
              : 0
    const rest = bytes.slice(at + 1, at + length)
    if (length === 0 || rest.length !== length - 1 || rest.some((byte) => byte >> 6 !== 2)) return undefined
    const head = length === 1 ? first : first & (0xff >> (length + 1))
    const point = rest.reduce((sum, byte) => sum * 64 + (byte & 0x3f), head)
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return undefined
    text += String.fromCodePoint(point)
    at += length
  }
  return text
}
