import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { AgentPhase } from './listening.ts'
import type { ListeningProfile } from './listening-profile.ts'
import { TestEars } from './test-harness/clip-ears.ts'
import { joinClips, silenceClip, speechClip } from './test-harness/clip-speech.ts'
import { loadVoiceActivity, type MakeVoiceActivity } from './voice-activity.ts'

let makeVoiceActivity: MakeVoiceActivity
let speech: Uint8Array
beforeAll(async () => {
  makeVoiceActivity = await loadVoiceActivity()
  speech = joinClips(silenceClip(60), await speechClip('I would like to book a table'))
})

type Step =
  | { readonly kind: 'speak'; readonly ms: number }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'interim'; readonly words: number }
  | { readonly kind: 'final'; readonly words: number }
  | { readonly kind: 'finalized' }
  | { readonly kind: 'agent'; readonly phase: AgentPhase }

const ms = fc.integer({ min: 20, max: 2600 })
const phase = fc.constantFrom<AgentPhase>('silent', 'speaking', 'first_message')
const words = fc.integer({ min: 1, max: 3 })
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('speak' as const), ms }),
    fc.record({ kind: fc.constant('pause' as const), ms }),
    fc.record({ kind: fc.constant('interim' as const), words }),
    fc.record({ kind: fc.constant('final' as const), words }),
    fc.constant({ kind: 'finalized' as const }),
    fc.record({ kind: fc.constant('agent' as const), phase }),
  ),
  { maxLength: 40 },
)

/** A provider that writes down w1, w2, w3, ...: interim words are the beginning of what it makes final later. */
class Dictation {
  readonly #test: TestEars
  #final = 0
  #interim = 0

  constructor(test: TestEars) {
    this.#test = test
  }

  get said(): readonly string[] {
    return named(0, this.#interim)
  }

  interim(count: number): void {
    this.#interim += count
    this.#test.interim(named(this.#final, this.#interim).join(' '))
  }

  final(count: number): void {
    const until = Math.max(this.#interim, this.#final + count)
    this.#interim = until
    const words = named(this.#final, until)
    this.#final = until
    this.#test.final(words.join(' '))
  }

  finalized(): void {
    if (this.#interim > this.#final) this.final(0)
    this.#test.finalized()
  }
}

function named(from: number, until: number): readonly string[] {
  return Array.from({ length: until - from }, (_, at) => `w${from + at + 1}`)
}

function run(taken: readonly Step[], profile: Partial<ListeningProfile>): { test: TestEars; said: readonly string[] } {
  const test = new TestEars({ makeVoiceActivity, profile })
  const dictation = new Dictation(test)
  for (const step of taken) {
    if (step.kind === 'speak') test.play(speech.subarray(0, step.ms * 32))
    else if (step.kind === 'pause') test.silence(step.ms)
    else if (step.kind === 'agent') test.agent(step.phase)
    else if (step.kind === 'finalized') dictation.finalized()
    else if (step.kind === 'interim') dictation.interim(step.words)
    else dictation.final(step.words)
  }
  test.silence(1000)
  dictation.finalized()
  test.agent('silent').silence(5000)
  return { test, said: dictation.said }
}

describe('whatever happens in whatever order', () => {
  it.each<Partial<ListeningProfile>>([
    { interruption_policy: 'always' },
    { interruption_policy: 'never' },
    { interruption_policy: 'min_words', min_words_before_interrupt: 3 },
    { first_message_interruptible: false },
  ])(
    'each word is in one utterance, in order, while the agent is silent; holds end; nothing is left: %j',
    (profile) => {
      fc.assert(
        fc.property(steps, (taken) => {
          const { test, said } = run(taken, profile)
          const utterances = test.told.flatMap((told) => (told.startsWith('utterance: ') ? [told.slice(11)] : []))
          const holds = test.told.filter((told) => ['hold', 'cut', 'resume'].includes(told))

          expect(utterances.join(' ').split(' ').filter(Boolean)).toEqual(said)
          expect(holds.join(' ')).toMatch(/^((hold resume|hold cut|cut)( |$))*$/)
          expect(test.timers.waiting).toBe(0)
          expect(test.faults).toEqual([])
          test.ears.close()
        }),
        { numRuns: 150 },
      )
    },
  )
})
