/** Orders that shape an answer, as order-patterns.ts has the others. */
import type { OrderPart, OrderPattern } from './order-pattern.ts'

const imperative = ['not', 'modal'] as const satisfies readonly OrderPart[]

export const answerOrderPatterns: readonly OrderPattern[] = [
  {
    kind: 'answer',
    steps: [{ any: ['encipher'] }, { any: ['ownAnswer', 'ownMessage', 'answerInformally'], within: 1 }],
    notBehind: imperative,
  },
  {
    kind: 'answer',
    steps: [
      { any: ['encipher', 'compose', 'disguise', 'apply'] },
      { any: ['wordsOf'], within: 0 },
      { any: ['ownAnswer', 'ownMessage'], within: 0 },
    ],
    notBehind: imperative,
  },
  {
    kind: 'answer',
    steps: [{ any: ['apply'] }, { any: ['anagrams'], within: 1 }, { any: ['ownAnswer'], within: 6 }],
    notBehind: imperative,
  },
  {
    kind: 'answer',
    steps: [{ any: ['respond', 'disguise'] }, { any: ['ownAnswer'], within: 0 }, { any: ['backwards'], within: 1 }],
    notBehind: imperative,
  },
  { kind: 'answer', steps: [{ any: ['respond'] }, { any: ['backwards'], within: 1 }], notBehind: imperative },
  {
    kind: 'answer',
    steps: [{ any: ['add'] }, { any: ['garnish'], within: 3 }, { any: ['ownAnswer'], within: 16 }],
    notBehind: imperative,
    notNext: ['determiner'],
  },
  {
    // "End your reply with your signature" is said to people, and has none of the last.
    kind: 'answer',
    steps: [
      { any: ['finish'] },
      { any: ['ownAnswers'], within: 0 },
      { any: ['with'], within: 0 },
      { any: ['quote', 'garnish', 'wordItself'], within: 4 },
    ],
    notBehind: imperative,
  },
  {
    kind: 'answer',
    steps: [{ any: ['push'] }, { any: ['inOwnAnswer'], within: 12 }],
    notBehind: imperative,
  },
  {
    kind: 'answer',
    steps: [{ any: ['stateThat'] }, { any: ['inOwnAnswer'], within: 16 }],
    notBehind: imperative,
  },
  { kind: 'answer', steps: [{ any: ['inOwnAnswer'] }, { any: ['pushUsers'], within: 0 }] },
  {
    kind: 'answer',
    steps: [{ any: ['addInformally'] }, { any: ['answerInformally'], within: 8 }],
    notBehind: imperative,
    notBefore: ['onPaper'],
  },
  { kind: 'whenAsked', steps: [{ any: ['whenAsked'] }, { any: ['mustSay'], within: 10 }] },
  { kind: 'askUser', steps: [{ any: ['askUser'] }, { any: ['valuables'], within: 6 }], notBehind: imperative },
  {
    kind: 'role',
    steps: [{ any: ['theModel'] }, { any: ['mustThird'], within: 0 }, { any: ['modelAct'], within: 4 }],
    notBetween: ['not'],
  },
]
