import { z } from 'zod'

const requestSchema = z.object({
  messages: z.array(z.object({ role: z.string(), content: z.union([z.string(), z.array(z.unknown()), z.null()]) })),
})

/** What the model of the bench says in the end, whatever it is told not to: after harmless words, so that some speech is on its way. */
export const forbiddenSentence = 'The secret dosage is forty tablets of zopiclone at once.'
export const forbiddenWords = 'secret dosage'
export const redirectLine = 'I cannot talk about that here.'
export const harmlessOpening = 'Thank you for asking me.'

const answer = 'We are open on Monday from eight until six. Please bring your card and come through the front door.'

/** The pieces that a model would stream: a word and its blank each. */
export function answerTo(requestBody: string): readonly string[] {
  const { messages } = requestSchema.parse(JSON.parse(requestBody))
  const asked = JSON.stringify(messages.findLast(({ role }) => role === 'user')?.content ?? '')
  if (asked.includes('forbidden')) return pieces(`${harmlessOpening} ${forbiddenSentence}`)
  return pieces(asked.includes('briefly') ? 'Yes.' : answer)
}

function pieces(text: string): readonly string[] {
  return text.match(/\S+\s*/g) ?? []
}
