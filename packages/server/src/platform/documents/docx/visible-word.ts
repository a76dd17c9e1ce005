/**
 * Threat: a Word file holds words that nobody who opens it sees: hidden letters, deleted and moved text, comments, the code of
 * fields, what only old programs would show, alternative texts, hidden rows and shapes.
 * Rule: the part is written anew from a list of what Word shows. What is not on the list goes with all that it holds; runs, rows and
 * drawings are kept only once nothing in them says that they are hidden. No relationship is kept, so nothing is ever fetched.
 * On failure: the whole document is refused.
 */
import { DocumentRefused } from '../document-refused.ts'
import { areAlike, cssColour, white } from '../html/css-colour.ts'
import { type HiddenStyles, hidesText, isShade } from './hidden-styles.ts'
import { wordNamespace } from './keep-elements.ts'
import { readXml, type XmlElement } from './read-xml.ts'
import { xmlText } from './xml-text.ts'

const names = (words: string): ReadonlySet<string> => new Set(words.split(' ').map((name) => `w:${name}`))

const kept = names(
  'document body p pPr pStyle numPr ilvl numId r rPr rStyle b t tab br noBreakHyphen sym tbl tr trPr tblHeader tc tcPr gridSpan vMerge footnoteReference endnoteReference footnotes footnote endnotes endnote txbxContent',
)
/** Left out themselves, while what they hold is shown. */
const through = new Set([
  ...names(
    'ins moveTo hyperlink smartTag customXml sdt sdtContent fldSimple dir bdo ruby rubyBase drawing pict object',
  ),
  ...'mc:AlternateContent mc:Choice mc:Fallback wp:inline wp:anchor a:graphic a:graphicData wps:wsp wps:txbx wps:wgp wps:grpSp wps:wpc v:shape v:rect v:roundrect v:group v:textbox'.split(
    ' ',
  ),
])
/** Shown or not as a whole. */
const wholes = names('r tr drawing pict')
const keptAttributes = ['val', 'id', 'type', 'font', 'char'] as const

type Frame = {
  readonly name: string
  /** What stands before and behind what it holds. */
  readonly before: string
  readonly after: string
  readonly out: string[]
  isHidden: boolean | undefined
  style: string | undefined
  colour: string | undefined
  isShaded: boolean
  /** Of alternatives: whether one was taken. */
  hasChosen: boolean
}

/** A part of a Word document (its text, its notes) with what a reader sees only, under one spelling of its names. */
export function visibleWord(part: Buffer, styles: HiddenStyles): string {
  const filter = new WordFilter(styles)
  readXml(part, {
    open: (element) => filter.open(element),
    text: (text) => filter.text(text),
    close: () => filter.close(),
  })
  return filter.result
}

class WordFilter {
  result = ''
  readonly #styles: HiddenStyles
  readonly #frames: Frame[] = []
  /** Open fields, each with whether its result has begun; before that it is code. */
  readonly #fields: boolean[] = []
  #dropped = 0
  /** Of the page. */
  #hasBackground = false

  constructor(styles: HiddenStyles) {
    this.#styles = styles
  }

  open(element: XmlElement): void {
    if (this.#dropped > 0) {
      this.#dropped += 1
      return
    }
    this.#refuseLateProperties(element.name)
    this.#note(element)
    const tags = this.#tagsOf(element)
    if (tags === undefined) this.#dropped = 1
    else
      this.#frames.push({
        ...tags,
        name: element.name,
        out: [],
        isHidden: undefined,
        style: undefined,
        colour: undefined,
        isShaded: false,
        hasChosen: false,
      })
  }

  text(text: string): void {
    const frame = this.#frames.at(-1)
    if (this.#dropped > 0 || frame?.name !== 'w:t' || this.#fields.includes(false)) return
    frame.out.push(xmlText(text))
  }

  close(): void {
    if (this.#dropped > 0) {
      this.#dropped -= 1
      return
    }
    const frame = this.#frames.pop()
    if (frame === undefined || (wholes.has(frame.name) && this.#isHidden(frame))) return
    const whole = `${frame.before}${frame.out.join('')}${frame.after}`
    const above = this.#frames.at(-1)
    if (above === undefined) this.result = whole
    else above.out.push(whole)
  }

  #tagsOf(element: XmlElement): { readonly before: string; readonly after: string } | undefined {
    const { name, attribute } = element
    if (name === 'mc:Choice' || name === 'mc:Fallback')
      return this.#isChosen(element) ? { before: '', after: '' } : undefined
    if (name.startsWith('v:') && /visibility\s*:\s*hidden|display\s*:\s*none/i.test(attribute('style') ?? ''))
      return undefined
    if (through.has(name)) return { before: '', after: '' }
    if (name === 'w:cr') return { before: '<w:br>', after: '</w:br>' }
    if (!kept.has(name)) return undefined
    const attributes = keptAttributes.flatMap((key) => {
      const value = attribute(key)
      return value === undefined ? [] : [` w:${key}="${xmlText(value)}"`]
    })
    // A box stands beside the paragraph that it is anchored in; its wrapper tells the reader so.
    const [wrap, unwrap] = name === 'w:txbxContent' ? ['<w:pict>', '</w:pict>'] : ['', '']
    const declaration = this.#frames.length === 0 ? ` xmlns:w="${wordNamespace}"` : ''
    return {
      before: `${wrap}<${name}${declaration}${attributes.join('')}>`,
      after: `</${name}>${unwrap}`,
    }
  }

  /** Word opens no file in which the properties come behind what they are about; here they would come too late. */
  #refuseLateProperties(name: string): void {
    const owner = this.#frames.at(-1)
    const isLate = owner !== undefined && owner.out.length > 0 && `${owner.name}Pr` === name
    if (isLate) throw new DocumentRefused('docx_damaged')
  }

  /** Word shows the first alternative that it knows, and those are the ones of its own maker. */
  #isChosen({ name, attribute, namespaceOf }: XmlElement): boolean {
    const all = this.#frames.at(-1)
    if (all?.name !== 'mc:AlternateContent' || all.hasChosen) return false
    const required = attribute('Requires')?.split(/\s+/) ?? []
    const isKnown = required.every((prefix) => namespaceOf(prefix)?.startsWith('http://schemas.microsoft.com/office/'))
    all.hasChosen = name === 'mc:Fallback' || isKnown
    return all.hasChosen
  }

  /** What a property says about the whole that it belongs to. */
  #note({ name, attribute }: XmlElement): void {
    const [properties, owner] = [this.#frames.at(-1), this.#frames.at(-2)]
    if (name === 'w:fldChar') this.#noteField(attribute('fldCharType'))
    if (name === 'wp:docPr' && /^(?:1|true|on)$/.test(attribute('hidden') ?? '')) {
      const drawing = this.#frames.findLast((frame) => frame.name === 'w:drawing')
      if (drawing !== undefined) drawing.isHidden = true
    }
    if (name === 'w:background') this.#hasBackground = true
    if (owner === undefined || properties === undefined) return
    if (properties.name === `${owner.name}Pr` && isShade(name, attribute)) owner.isShaded = true
    const place = `${owner.name} ${properties.name}`
    if (place === 'w:r w:rPr') {
      const hides = hidesText(name, attribute('val'))
      if (hides !== undefined) owner.isHidden = (owner.isHidden ?? false) || hides
      if (name === 'w:rStyle') owner.style = attribute('val')
      if (name === 'w:color') owner.colour = attribute('val')
    }
    if (place === 'w:p w:pPr' && name === 'w:pStyle') owner.style = attribute('val')
    if (place === 'w:tr w:trPr' && (name === 'w:hidden' || name === 'w:del')) owner.isHidden = true
  }

  #noteField(type: string | undefined): void {
    if (type === 'begin') this.#fields.push(false)
    if (type === 'separate' && this.#fields.length > 0) this.#fields[this.#fields.length - 1] = true
    if (type === 'end') this.#fields.pop()
  }

  #isHidden(frame: Frame): boolean {
    const paragraph = frame.name === 'w:r' ? this.#frames.findLast(({ name }) => name === 'w:p') : undefined
    if (frame.name === 'w:r' && this.#isPaper(frame, paragraph)) return true
    if (frame.isHidden !== undefined) return frame.isHidden
    if (frame.name !== 'w:r') return false
    const { hides, hidesByDefault } = this.#styles
    return hides(frame.style) || hides(paragraph?.style) || hidesByDefault
  }

  /** Whether letters have the colour of the page with nothing behind them. What a table or a box is painted with is not read. */
  #isPaper(run: Frame, paragraph: Frame | undefined): boolean {
    const { colourOf, shades } = this.#styles
    const colour = cssColour(`#${run.colour ?? colourOf(run.style) ?? colourOf(paragraph?.style) ?? ''}`.toLowerCase())
    if (colour === undefined || !areAlike(colour, white) || this.#hasBackground) return false
    if (this.#frames.some(({ name }) => name === 'w:tbl' || name === 'w:txbxContent')) return false
    return !(run.isShaded || paragraph?.isShaded === true || shades(run.style) || shades(paragraph?.style))
  }
}
