/** What a piece of a secret is told by. Cut anywhere, 16 of its characters or bytes hold one whole piece of eight. */
const pieceBytes = 8
/** Digits of base64 that 16 bytes determine wherever they begin, halved. */
const pieceDigits = 10
/** Where capitals are lost, eight characters say too little: a chance hit in a few hundred MB would not be rare enough. */
const casePieceBytes = 16

/**
 * Every spelling in which pieces of a secret are looked for: as it is, in UTF-16, in hexadecimal, in base64 and base64url at each
 * of the three alignments, percent-encoded, and as JSON and HTML escape it; capitals lost too.
 */
export function spellingsOf(secret: Buffer): readonly Buffer[] {
  const pieces = piecesOf(secret, pieceBytes)
  const hex = pieces.map((piece) => piece.toString('hex'))
  const percent = pieces.map((piece) => piece.toString('hex').replaceAll(/../g, '%$&'))
  const found = new Map<string, Buffer>()
  const add = (spelling: Buffer): void => void found.set(spelling.toString('latin1'), spelling)
  for (const piece of pieces) {
    add(piece)
    const wide = Buffer.from(piece.toString('latin1'), 'utf16le')
    add(wide)
    add(Buffer.from(wide).swap16())
  }
  for (const digits of [...hex, ...percent]) {
    add(Buffer.from(digits))
    add(Buffer.from(digits.toUpperCase()))
  }
  for (const piece of base64Pieces(secret)) add(Buffer.from(piece))
  for (const text of escapesOf(secret)) for (const piece of piecesOf(Buffer.from(text), pieceBytes)) add(piece)
  for (const text of withoutCapitals(secret))
    for (const piece of piecesOf(Buffer.from(text), casePieceBytes)) add(piece)
  return [...found.values()]
}

function piecesOf(bytes: Buffer, length: number): readonly Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at + length <= bytes.length; at += length) pieces.push(bytes.subarray(at, at + length))
  return pieces
}

function base64Pieces(secret: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    // What stands before the secret is unknown: digits that it shares with them are left out, and so are those after the end.
    const shifted = Buffer.concat([Buffer.alloc(offset), secret])
    const text = shifted.toString('base64')
    const digits = text.slice(Math.ceil((offset * 8) / 6), Math.floor((shifted.length * 8) / 6))
    return piecesOf(Buffer.from(digits), pieceDigits).flatMap((piece) => {
      const usual = piece.toString()
      return [usual, usual.replaceAll('+', '-').replaceAll('/', '_')]
    })
  })
}

function escapesOf(secret: Buffer): readonly string[] {
  const text = printable(secret)
  if (text === undefined) return []
  const html = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
  return [encodeURIComponent(text), JSON.stringify(text).slice(1, -1), html]
}

function withoutCapitals(secret: Buffer): readonly string[] {
  const text = printable(secret)
  return text === undefined ? [] : [text.toLowerCase(), text.toUpperCase()]
}

function printable(secret: Buffer): string | undefined {
  const text = secret.toString('latin1')
  return /^[\x21-\x7e]+$/.test(text) ? text : undefined
}
