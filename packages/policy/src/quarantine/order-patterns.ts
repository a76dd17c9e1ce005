/** What found in this order, with so few words between, is an order to a model. The names of the kinds stand in decisions. */
import { answerOrderPatterns } from './answer-order-patterns.ts'
import type { OrderPart, OrderPattern } from './order-pattern.ts'

const unnegated = ['not'] as const satisfies readonly OrderPart[]
/** Who tells what can be done tells nobody to do it. */
const imperative = ['not', 'modal'] as const satisfies readonly OrderPart[]

export const orderPatterns: readonly OrderPattern[] = [
  ...answerOrderPatterns,
  {
    kind: 'override',
    steps: [{ any: ['ignore'] }, { any: ['prior'], within: 3 }, { any: ['instructions'], within: 3 }],
    notBehind: unnegated,
    notBetween: unnegated,
  },
  {
    // Where the adjective stands behind: "las instrucciones anteriores".
    kind: 'override',
    steps: [{ any: ['ignore'] }, { any: ['instructions'], within: 3 }, { any: ['prior'], within: 2 }],
    notBehind: unnegated,
    notBetween: unnegated,
  },
  {
    kind: 'override',
    steps: [{ any: ['ignore'] }, { any: ['yours'], within: 2 }, { any: ['instructions', 'rules'], within: 3 }],
    notBehind: unnegated,
    notBetween: unnegated,
  },
  {
    kind: 'override',
    steps: [{ any: ['ignore'] }, { any: ['formalYours'], within: 0 }, { any: ['instructions'], within: 1 }],
    notBehind: unnegated,
    notBetween: unnegated,
  },
  { kind: 'override', steps: [{ any: ['ignore'] }, { any: ['everything'], within: 1 }], notBehind: unnegated },
  { kind: 'override', steps: [{ any: ['newOrders'] }, { any: ['colon'], within: 3 }] },
  { kind: 'override', steps: [{ any: ['newTask'] }] },
  // Told of a third one, who is the reader.
  {
    kind: 'override',
    steps: [
      { any: ['theModel'] },
      { any: ['mustIt'], within: 2 },
      { any: ['ignore'], within: 1 },
      { any: ['itsOrders', 'instructions'], within: 3 },
    ],
    notBetween: unnegated,
  },
  {
    kind: 'leak',
    steps: [
      { any: ['theModel'] },
      { any: ['mustIt'], within: 2 },
      { any: ['reveal'], within: 1 },
      { any: ['itsOrders', 'ownPrompt'], within: 4 },
    ],
    notBetween: unnegated,
  },
  {
    kind: 'tool',
    steps: [
      { any: ['theModel'] },
      { any: ['mustIt'], within: 2 },
      { any: ['call'], within: 1 },
      { any: ['tool', 'toolName', 'actionTool'], within: 3 },
    ],
    notBetween: unnegated,
  },

  { kind: 'role', steps: [{ any: ['chatToken'] }] },
  {
    kind: 'role',
    steps: [
      { any: ['roleMark'] },
      { any: ['must', 'ignore', 'respond', 'call', 'reveal', 'send', 'pretend', 'newOrders', 'youAreNow'], within: 4 },
    ],
  },
  { kind: 'role', steps: [{ any: ['asModel'] }, { any: ['must'], within: 0 }] },
  {
    kind: 'role',
    steps: [{ any: ['youAreNow'] }, { any: ['role', 'unbound'], within: 3 }],
    notBetween: ['besides'],
  },
  {
    kind: 'role',
    steps: [{ any: ['attention'] }, { any: ['role'], within: 2 }, { any: ['colon', 'must'], within: 3 }],
  },
  { kind: 'role', steps: [{ any: ['ifModel'] }] },
  {
    kind: 'role',
    steps: [{ any: ['pretend'] }, { any: ['role', 'unbound'], within: 4 }],
    notBehind: imperative,
  },
  { kind: 'role', steps: [{ any: ['anythingNow'] }] },
  {
    kind: 'role',
    steps: [{ any: ['fromNow'] }, { any: ['respond', 'pretend', 'ignore', 'role', 'respondAlways'], within: 3 }],
  },

  {
    kind: 'tool',
    steps: [{ any: ['call'] }, { any: ['action'], within: 4 }, { any: ['tool'], within: 2 }],
    notBehind: unnegated,
  },
  {
    kind: 'tool',
    steps: [{ any: ['call'] }, { any: ['tool'], within: 3 }, { any: ['action'], within: 2 }],
    notBehind: unnegated,
  },
  { kind: 'tool', steps: [{ any: ['call'] }, { any: ['toolName', 'actionTool'], within: 4 }], notBehind: unnegated },

  { kind: 'leak', steps: [{ any: ['reveal'] }, { any: ['ownPrompt'], within: 5 }], notBehind: unnegated },
  { kind: 'leak', steps: [{ any: ['revealStrongly'] }, { any: ['ownInstructions'], within: 3 }], notBehind: unnegated },
  {
    kind: 'leak',
    steps: [{ any: ['send'] }, { any: ['talk'], within: 4 }, { any: ['place'], within: 8 }],
    notBehind: unnegated,
  },

  {
    kind: 'answer',
    steps: [{ any: ['respond'] }, { any: ['only'], within: 2 }, { any: ['with'], within: 0 }],
    notBehind: imperative,
    notBefore: ['yesOrNo'],
  },
  {
    kind: 'answer',
    steps: [{ any: ['only'] }, { any: ['respond'], within: 0 }, { any: ['with'], within: 0 }],
    notBehind: imperative,
    notBefore: ['yesOrNo'],
  },
  { kind: 'answer', steps: [{ any: ['respondAlways'] }, { any: ['with'], within: 3 }], notBehind: imperative },
  {
    kind: 'answer',
    steps: [{ any: ['reshape'] }, { any: ['ownAnswer', 'ownMessage'], within: 0 }, { any: ['reshapeBy'], within: 0 }],
    notBehind: imperative,
  },
  {
    kind: 'answer',
    steps: [{ any: ['compose'] }, { any: ['ownAnswer', 'ownMessage'], within: 16, apart: 1 }],
    notBehind: imperative,
    notNext: ['determiner'],
  },
  {
    kind: 'answer',
    steps: [{ any: ['add'] }, { any: ['saying', 'quote'], within: 3 }, { any: ['ownAnswer'], within: 16 }],
    notBehind: imperative,
    notNext: ['determiner'],
  },
  { kind: 'answer', steps: [{ any: ['inOwnAnswer'] }, { any: ['advertise'], within: 1 }], notBefore: ['determiner'] },
  {
    kind: 'answer',
    steps: [{ any: ['disguise'] }, { any: ['ownAnswer', 'ownMessage'], within: 0 }, { any: ['cipher'], within: 4 }],
    notBehind: imperative,
  },
  {
    kind: 'answer',
    steps: [
      { any: ['compose', 'apply'] },
      { any: ['letters'], within: 4 },
      { any: ['with', 'reshapeBy', 'ownAnswer'], within: 6 },
    ],
    notBehind: imperative,
    notNext: ['determiner'],
  },
]
