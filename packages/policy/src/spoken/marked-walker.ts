/**
 * Threat: a forbidden word is cut by a tag, written in references to characters, or stands in the alias that a voice says
 * in place of what is written: `b<break/>omb`, `b&#111;mb`, `<sub alias="bomb">b</sub>`.
 * Rule: a text with markup is read in three ways at once: as it came, with its tags taken out, and as a voice says it, with
 * aliases in the places of what they stand for. A match in any counts. Text without `<` and `&` costs nothing more.
 * On failure: what is no tag and no reference is text. An open tag waits, because it may be one that is heard.
 *
 * States: plain -> (`<` or `&`) marked: two further walkers stand where the first one stood -> (white space, and nothing
 * reaches back before the end of the last tag) plain.
 */
import { type FoldedCodePoint, foldCodePoint, gaps, zeroWidthSpace } from '../fold/fold-code-point.ts'
import type { PhraseAutomaton } from '../match/phrase-automaton.ts'
import { type PhraseHit, PhraseWalker, type WalkerViews } from '../match/phrase-walker.ts'
import { decodeReference } from './decode-reference.ts'

/** A longer tag is no tag that a voice knows; it is read as text. */
const maxTagCharacters = 1000
const maxReferenceCharacters = 20
const seam = foldCodePoint(zeroWidthSpace)
const lessThan = 0x3c
const ampersand = 0x26
const tagName = /^<(\/?)([a-z][\w:.-]*)/i
const reference = /&[#\w]{1,18};/g
const said = /\s(?:alias|ph)\s*=\s*(?:"([^"]*)"|'([^']*)')/i

export class MarkedWalker {
  private readonly automaton: PhraseAutomaton
  private readonly views: WalkerViews
  private readonly raw: PhraseWalker
  /** With aliases said, and with tags taken out. */
  private heard: PhraseWalker | null = null
  private shown: PhraseWalker | null = null
  private isMarked = false
  /** A tag or reference that is not over, and the code points that it is made of. */
  private open = ''
  private openAt = 0
  private waiting: { readonly folded: FoldedCodePoint; readonly at: number }[] = []
  private quote = ''
  /** The element whose content is not said, because its alias was. */
  private silent = ''
  private lastEnd = 0

  constructor(automaton: PhraseAutomaton, views: WalkerViews) {
    this.automaton = automaton
    this.views = views
    this.raw = new PhraseWalker(automaton, views)
  }

  get hits(): PhraseHit[] {
    return this.raw.hits
  }

  feed(folded: FoldedCodePoint, at: number): void {
    if (!this.isMarked && this.views.spoken && (folded.character === lessThan || folded.character === ampersand))
      this.beginMarked()
    this.raw.feed(folded, at)
    if (!this.isMarked) return
    this.read(folded, at)
    this.takeHits()
    if (folded.gap === gaps.space) this.leaveMarked()
  }

  endUtterance(at: number): void {
    this.raw.endUtterance(at)
    if (!this.isMarked) return
    this.flush()
    this.silent = ''
    this.heard?.endUtterance(at)
    this.shown?.endUtterance(at)
    this.takeHits()
    this.leaveMarked()
  }

  earliestStart(): number {
    const earliest = this.raw.earliestStart()
    if (!this.isMarked) return earliest
    const open = this.open === '' ? Number.POSITIVE_INFINITY : this.openAt
    return Math.min(earliest, open, this.earliestRead())
  }

  reset(): void {
    this.raw.reset()
    this.endMarked()
  }

  keepStartsWithin(from: number, to: number): void {
    this.raw.keepStartsWithin(from, to)
    this.heard?.keepStartsWithin(from, to)
    this.shown?.keepStartsWithin(from, to)
  }

  private beginMarked(): void {
    this.isMarked = true
    this.heard ??= new PhraseWalker(this.automaton, this.views)
    this.shown ??= new PhraseWalker(this.automaton, this.views)
    this.heard.reset()
    this.shown.reset()
    this.heard.copyFrom(this.raw)
    this.shown.copyFrom(this.raw)
  }

  private earliestRead(): number {
    return Math.min(
      this.heard?.earliestStart() ?? Number.POSITIVE_INFINITY,
      this.shown?.earliestStart() ?? Number.POSITIVE_INFINITY,
    )
  }

  private leaveMarked(): void {
    if (this.open === '' && this.silent === '' && this.earliestRead() >= this.lastEnd) this.endMarked()
  }

  private endMarked(): void {
    this.isMarked = false
    this.open = ''
    this.waiting = []
    this.quote = ''
    this.silent = ''
    this.lastEnd = 0
  }

  private takeHits(): void {
    for (const walker of [this.heard, this.shown]) {
      for (const hit of walker?.hits.splice(0) ?? []) {
        const isKnown = this.raw.hits.some(
          ({ owner, start, end }) => owner === hit.owner && start === hit.start && end === hit.end,
        )
        if (!isKnown) this.raw.hits.push({ ...hit, view: 'spoken' })
      }
    }
  }

  private read(folded: FoldedCodePoint, at: number): void {
    if (this.open === '') {
      if (folded.character === lessThan || folded.character === ampersand) this.begin(folded, at)
      else this.pass(folded, at)
      return
    }
    const character = String.fromCodePoint(folded.character)
    this.waiting.push({ folded, at })
    this.open += character
    if (this.open.startsWith('<')) this.readTag(character, at)
    else this.readReference(character)
  }

  private begin(folded: FoldedCodePoint, at: number): void {
    this.open = String.fromCodePoint(folded.character)
    this.openAt = at
    this.quote = ''
    this.waiting = [{ folded, at }]
  }

  private pass(folded: FoldedCodePoint, at: number): void {
    this.shown?.feed(folded, at)
    if (this.silent === '') this.heard?.feed(folded, at)
  }

  private readTag(character: string, at: number): void {
    if (this.quote !== '') {
      if (character === this.quote) this.quote = ''
    } else if (character === '"' || character === "'") this.quote = character
    else if (character === '>') {
      this.endTag(at + 1)
      return
    }
    if (this.open.length > maxTagCharacters || (this.open.length === 2 && !/[a-z/!?]/i.test(character))) this.flush()
  }

  private endTag(end: number): void {
    const [, slash = '', name = ''] = tagName.exec(this.open) ?? []
    const alias = said.exec(this.open)
    const isAlone = this.open.endsWith('/>')
    const at = this.openAt
    this.open = ''
    this.waiting = []
    this.lastEnd = end
    this.shown?.feed(seam, at)
    if (this.silent !== '') {
      if (slash !== '' && name.toLowerCase() === this.silent) this.silent = ''
      return
    }
    this.heard?.feed(seam, at)
    if (alias === null || slash !== '') return
    for (const letter of decoded(alias[1] ?? alias[2] ?? ''))
      this.heard?.feed(foldCodePoint(letter.codePointAt(0) ?? 0), at)
    this.heard?.feed(seam, end)
    if (!isAlone) this.silent = name.toLowerCase()
  }

  private readReference(character: string): void {
    if (character === ';') {
      const decoded = decodeReference(this.open)
      if (decoded === undefined) {
        this.flush()
        return
      }
      const { openAt } = this
      this.lastEnd = (this.waiting.at(-1)?.at ?? openAt) + 1
      this.open = ''
      this.waiting = []
      this.pass(foldCodePoint(decoded), openAt)
    } else if (!/[#\w]/.test(character) || this.open.length > maxReferenceCharacters) this.flush()
  }

  /** It was no markup: read as the text that it is. What begins within it may be markup again. */
  private flush(): void {
    const [first, ...others] = this.waiting
    this.open = ''
    this.waiting = []
    if (first === undefined) return
    this.lastEnd = first.at + 1
    this.pass(first.folded, first.at)
    for (const { folded, at } of others) this.read(folded, at)
  }
}

/** What a parser makes of the value of an attribute. */
function decoded(value: string): string {
  return value.replaceAll(reference, (written) => {
    const code = decodeReference(written)
    return code === undefined ? written : String.fromCodePoint(code)
  })
}
