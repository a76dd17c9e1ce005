import { createPhraseBook, type PhraseBook } from '../match/phrase-book.ts'
import type { PhraseHit } from '../match/phrase-walker.ts'
import {
  leadsBeforeTopic,
  negations,
  negativeWords,
  openersBeforeTopic,
  questionOpeners,
  verbsBehindTopic,
  verdictsBehindTopic,
} from './avoidance-words.ts'

/** Where the topic stands in the text. */
interface Place {
  readonly start: number
  readonly end: number
  /** The whole sentence is alike, so that no place in it is the topic's own. */
  readonly isSentence: boolean
}

export interface TopicTalk {
  /** The user asks not to speak of it. */
  readonly asksToAvoid: boolean
  readonly isNegative: boolean
}

/** "about my former boss at the old company" stands between the wish and the topic; a clause more is about something else. */
const nearCharacters = 40

const books = {
  leads: bookOf(leadsBeforeTopic),
  openers: bookOf(openersBeforeTopic),
  verbs: bookOf(verbsBehindTopic),
  verdicts: bookOf(verdictsBehindTopic),
  questions: bookOf(questionOpeners),
  negative: bookOf(negativeWords),
  negations: bookOf(negations),
} as const

function bookOf(phrases: readonly string[]): PhraseBook {
  return createPhraseBook(withoutApostrophes(phrases), { plainly: true })
}

/** Who types fast leaves the apostrophe out. */
function withoutApostrophes(phrases: readonly string[]): readonly string[] {
  return [...new Set(phrases.flatMap((phrase) => [phrase, phrase.replaceAll("'", '')]))]
}

/** How the user speaks of a topic, read from the sentence that it stands in. */
export function readTopicTalk(text: string, place: Place): TopicTalk {
  const from = sentenceStart(text, place.start)
  const sentence = text.slice(from, sentenceEnd(text, place.end))
  const topic = { ...place, start: place.start - from, end: place.end - from }
  return { asksToAvoid: asks(sentence, topic), isNegative: isNegative(sentence) }
}

function asks(sentence: string, topic: Place): boolean {
  const leads = books.leads.find(sentence).filter((lead) => isBefore(lead, topic))
  const openers = books.openers.find(sentence).filter((opener) => isBefore(opener, topic))
  const hasVerb = openers.length > 0 && books.verbs.find(sentence).some((verb) => isBehind(verb, topic))
  const hasVerdict = books.verdicts.find(sentence).some((verdict) => isBehind(verdict, topic))
  if (leads.length === 0 && !hasVerb && !hasVerdict) return false
  // A question opens its sentence: one letter may stand before it, as in "So why".
  return books.questions.find(sentence).every(({ start }) => start > 8)
}

function isBefore({ end }: PhraseHit, { start, isSentence }: Place): boolean {
  return isSentence || (end <= start && start - end <= nearCharacters)
}

function isBehind({ start }: PhraseHit, { end, isSentence }: Place): boolean {
  return isSentence || (start >= end && start - end <= nearCharacters)
}

function isNegative(sentence: string): boolean {
  const denied = books.negations.find(sentence)
  return books.negative.find(sentence).some(({ start }) => {
    return !denied.some((negation) => negation.end <= start && start - negation.end <= 3)
  })
}

const sentenceEnds = /[.!?;…\n]/u

function sentenceStart(text: string, before: number): number {
  for (let at = before - 1; at >= 0; at -= 1) if (sentenceEnds.test(text.charAt(at))) return at + 1
  return 0
}

function sentenceEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) if (sentenceEnds.test(text.charAt(at))) return at
  return text.length
}
