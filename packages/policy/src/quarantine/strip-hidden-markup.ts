/**
 * Threat: a document or a tool's answer says one thing to whoever looks at it and another to the model that reads its source:
 * in a comment, in an element that is not displayed, in a script, in a reference to an invisible character.
 * Rule: one walk over the text takes out what a browser or a Markdown reader would not show; all other markup is text and stays.
 * What is opened and never closed is hidden to its end, as a browser does it.
 * On failure: nothing can fail; what is not recognised as markup stays, and is judged like every other word. Gaps, on purpose:
 * style sheets, colours of the background, and styles that are written in escapes of their own.
 */
import { readTag, type Tag } from './read-tag.ts'

/** The text without what its markup hides. Takes time linear in its length. */
export function stripHiddenMarkup(text: string): string {
  const shown = text.includes('<') ? withoutHiddenElements(text) : text
  return shown.replaceAll(markdownComment, '').replaceAll(invisibleReference, '')
}

/** `[//]: # (words)` and its kin: a link definition that refers to nothing. */
const markdownComment = /^ {0,3}\[[^\]\n]{0,40}\]: ?(?:#|<>|<#>)[ \t]*(?:[("'][^\n]*)?$/gm

/** References to soft hyphens, to zero-width, bidirectional and tag characters. */
const invisibleReference =
  /&(?:shy|zwj|zwnj|lrm|rlm|ZeroWidthSpace|NoBreak|ApplyFunction|InvisibleTimes|InvisibleComma|it|ic|af);|&#(?:0{0,4}(?:173|820[3-7]|823[4-8]|828[89]|829[0-7]|65279)|9175\d\d|9176\d\d|[xX]0{0,4}(?:[aA][dD]|200[b-fB-F]|202[a-eA-E]|206[0-9a-fA-F]|[fF][eE][fF]{2}|[eE]00[0-7][0-9a-fA-F]));/g

/** What these enclose is never shown; their content is no markup but for their own end. */
const silent = new Set(['script', 'style', 'template', 'noscript'])
/** They enclose nothing, so hiding one hides no words. */
const empty = new Set([
  'area',
  'base',
  'br',
  'col',
  'embed',
  'hr',
  'img',
  'input',
  'link',
  'meta',
  'source',
  'track',
  'wbr',
])

const hiddenStyle =
  /display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|(?:opacity|font-size)\s*:\s*0(?:\.0+)?(?:[a-z%]+)?\s*(?:[;!]|$)|(?:left|top|text-indent)\s*:\s*-\d{3}|color\s*:\s*transparent/i

function withoutHiddenElements(text: string): string {
  const shown: string[] = []
  /** The element that is not shown, and how deep we stand in others of its name. */
  let hidden: { readonly name: string; readonly from: number; depth: number } | undefined
  let kept = 0
  const hide = (from: number, to: number): void => {
    shown.push(text.slice(kept, from), joint(text, from, to))
    kept = to
  }
  for (let at = text.indexOf('<'); at !== -1; ) {
    const comment = commentEnd(text, at)
    if (comment !== undefined) {
      if (hidden === undefined) hide(at, comment)
      at = text.indexOf('<', comment)
      continue
    }
    const tag = readTag(text, at)
    if (tag !== undefined && hidden === undefined && hides(tag)) hidden = { name: tag.name, from: at, depth: 1 }
    else if (tag !== undefined && tag.name === hidden?.name) {
      if (tag.isEnd) hidden.depth -= 1
      else if (!silent.has(tag.name)) hidden.depth += 1
      if (hidden.depth === 0) {
        hide(hidden.from, tag.end)
        hidden = undefined
      }
    }
    at = text.indexOf('<', tag?.end ?? at + 1)
  }
  if (hidden !== undefined) hide(hidden.from, text.length)
  shown.push(text.slice(kept))
  return shown.join('')
}

function hides({ name, isEnd, attributes }: Tag): boolean {
  if (isEnd || empty.has(name)) return false
  if (silent.has(name)) return true
  const isHidden = attributes.has('hidden') && attributes.get('hidden')?.toLowerCase() !== 'until-found'
  return isHidden || hiddenStyle.test(attributes.get('style') ?? '')
}

/** Where the comment, declaration or processing instruction ends that begins here; undefined where none does. */
function commentEnd(text: string, at: number): number | undefined {
  if (text.startsWith('<!--', at)) {
    const short = /<!---?>/y
    short.lastIndex = at
    if (short.test(text)) return short.lastIndex
    const close = /--!?>/g
    close.lastIndex = at + 4
    return close.test(text) ? close.lastIndex : text.length
  }
  const declared = /<(?:![a-zA-Z[]|\?[a-zA-Z])[^<>]*>/y
  declared.lastIndex = at
  return declared.test(text) ? declared.lastIndex : undefined
}

/** What stood in the middle of a word leaves the word whole; elsewhere a blank keeps two pieces from becoming one. */
function joint(text: string, from: number, to: number): string {
  const [before, behind] = [text.slice(Math.max(0, from - 2), from), text.slice(to, to + 2)]
  const isWithinWord = /\p{L}$/u.test(before) && /^\p{L}/u.test(behind)
  const isApart = /(?:^|\s)$/.test(before) || /^(?:\s|$)/.test(behind)
  return isWithinWord || isApart ? '' : ' '
}
