import { type Decision, type Obligation, policyDocumentSchema } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { compilePolicy } from '../compile/compile-policy.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { decide } from '../decide/decide.ts'
import type { ZoneTransitions } from '../time/zone-transitions.ts'
import type { TickFacts } from './tick-facts.ts'

const berlin: ZoneTransitions = { name: 'Europe/Berlin', transitions: [{ fromMs: 0, offsetMinutes: 60 }] }
/** Noon in Berlin. */
const noonMs = Date.UTC(2026, 10, 30, 11)
const twoAtNightMs = Date.UTC(2026, 10, 30, 1)

const rested: TickFacts = {
  nowMs: noonMs,
  sessionMs: 60_000,
  channel: 'text',
  minutesToday: 1,
  sessionsToday: 1,
  zones: [berlin],
  userZone: 'Europe/Berlin',
  tiredTurns: 0,
  repeatedTurns: 0,
  replyCharacters: [],
  replyDelaysMs: [],
  silenceMs: 0,
  doneResponses: {},
  remindedAtMs: {},
  windingDownSinceMs: {},
}

const ladder = {
  thresholds: [
    { score: 0.2, response: 'soften' },
    { score: 0.4, response: 'suggest_break', line: 'Shall we rest?' },
    { score: 0.6, response: 'wind_down', line: 'Let us stop soon.' },
    { score: 0.8, response: 'end', line: 'Good night.' },
  ],
}

function policyOf(document: object): CompiledPolicy {
  const result = compilePolicy({
    identity: { id: 'policy', version: 1, sha256: '00' },
    layers: [{ layer: 'agent', document: policyDocumentSchema.parse(document) }],
  })
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.policy
}

function tick(document: object, facts: Partial<TickFacts>): Decision {
  return decide(policyOf(document), { stage: 'tick' }, { tick: { ...rested, ...facts } })
}

function kinds({ obligations }: Decision): readonly string[] {
  return obligations.map((one: Obligation) => (one.kind === 'fatigue' ? one.response : one.kind))
}

function lines({ obligations }: Decision): readonly string[] {
  return obligations.flatMap((one) => (one.kind === 'line' ? [one.text] : []))
}

describe('the reminder that this is an AI', () => {
  test('comes after three hours of talk without any policy, and not before', () => {
    expect(tick({}, { sessionMs: 179 * 60_000 }).action).toBe('allow')
    const due = tick({}, { sessionMs: 180 * 60_000 })
    expect(due).toMatchObject({ action: 'annotate', floor: true })
    expect(due.obligations).toContainEqual({ kind: 'remind', ruleId: 'builtin/ai_reminder', name: 'ai' })
    expect(lines(due)).toEqual(['Just so you know: you are talking to an AI, not a person.'])
  })

  test('counts what the person has talked today in other sessions', () => {
    expect(kinds(tick({}, { minutesToday: 181 }))).toContain('remind')
  })

  test('comes each hour where people under age may appear', () => {
    const minors = { fatigue: { ...ladder, minors: true } }
    expect(kinds(tick(minors, { sessionMs: 60 * 60_000 }))).toContain('remind')
    expect(kinds(tick({ fatigue: ladder }, { sessionMs: 60 * 60_000 }))).not.toContain('remind')
  })

  test('comes again after as long as before', () => {
    const remindedAtMs = { 'builtin/ai_reminder': 180 * 60_000 }
    expect(tick({}, { sessionMs: 359 * 60_000, remindedAtMs }).action).toBe('allow')
    expect(kinds(tick({}, { sessionMs: 360 * 60_000, remindedAtMs }))).toContain('remind')
  })

  test.each([
    ['de-AT', 'Zur Erinnerung: Sie sprechen mit einer KI, nicht mit einem Menschen.'],
    ['fr', 'Pour rappel : vous parlez à une IA, pas à une personne.'],
    ['es', 'Le recuerdo que está hablando con una IA, no con una persona.'],
    ['fi', 'Just so you know: you are talking to an AI, not a person.'],
  ])('is said in the language of the session: %s', (language, line) => {
    expect(lines(tick({}, { sessionMs: 180 * 60_000, language }))).toEqual([line])
  })

  test('comes beside the reminders of a policy, each at its own time', () => {
    const reminders = [{ name: 'water', every_minutes: 30, line: 'Drink some water.' }]
    const decided = tick(
      { fatigue: { ...ladder, weights: {}, full_minutes_today: 1440, reminders } },
      { minutesToday: 31 },
    )
    expect(lines(decided)).toEqual(['Drink some water.'])
    const remindedAtMs = { 'agent/fatigue:water': 31 * 60_000 }
    expect(
      lines(tick({ fatigue: { ...ladder, full_minutes_today: 1440, reminders } }, { minutesToday: 60, remindedAtMs })),
    ).toEqual([])
  })
})

describe('fatigue', () => {
  const atNight = { nowMs: twoAtNightMs }

  test('asks for nothing while nothing speaks for it', () => {
    expect(tick({ fatigue: ladder }, {})).toMatchObject({ action: 'allow', obligations: [] })
  })

  test.each([
    ['soften', { tiredTurns: 1 }, 0.24],
    ['suggest_break', { tiredTurns: 1, ...atNight }, 0.49],
    ['wind_down', { tiredTurns: 1, minutesToday: 100, ...atNight }, 0.657],
    ['end', { tiredTurns: 3, minutesToday: 170, ...atNight }, 0.933],
  ] as const)('does the strongest that the score has reached: %s', (response, facts, score) => {
    const decided = tick({ fatigue: ladder }, facts)
    const told = decided.obligations.filter((one) => one.kind === 'fatigue')
    expect(told).toMatchObject([{ response, ruleId: 'agent/fatigue' }])
    expect(told[0]?.score).toBeCloseTo(score, 2)
    expect(decided.action).toBe(response === 'end' ? 'end' : 'annotate')
    expect(decided.facts).toMatchObject({ 'score:agent/fatigue': told[0]?.score, tired_turns: facts.tiredTurns })
  })

  test('says nothing to soften, and a line for everything stronger', () => {
    expect(lines(tick({ fatigue: ladder }, { tiredTurns: 1 }))).toEqual([])
    expect(lines(tick({ fatigue: ladder }, { tiredTurns: 1, ...atNight }))).toEqual(['Shall we rest?'])
    const wordless = { thresholds: [{ score: 0.1, response: 'suggest_break' }] }
    expect(lines(tick({ fatigue: wordless }, { tiredTurns: 1, language: 'de' }))).toEqual([
      'Wir sprechen schon eine Weile. Vielleicht ist jetzt ein guter Moment für eine Pause.',
    ])
  })

  test('does each once a session, and nothing milder after something stronger', () => {
    const doneResponses = { 'agent/fatigue': ['suggest_break'] } as const
    expect(tick({ fatigue: ladder }, { tiredTurns: 1, ...atNight, doneResponses }).action).toBe('allow')
    expect(tick({ fatigue: ladder }, { tiredTurns: 1, doneResponses }).action).toBe('allow')
    expect(kinds(tick({ fatigue: ladder }, { tiredTurns: 3, ...atNight, doneResponses }))).toContain('wind_down')
  })

  test('ends so many minutes after it has wound down', () => {
    const document = { fatigue: { ...ladder, wind_down_minutes: 4 } }
    const doneResponses = { 'agent/fatigue': ['wind_down'] } as const
    expect(tick(document, { tiredTurns: 1, minutesToday: 100, ...atNight }).obligations).toContainEqual({
      kind: 'wind_down',
      ruleId: 'agent/fatigue',
      inMs: 240_000,
    })
    const windingDownSinceMs = { 'agent/fatigue': noonMs - 240_000 }
    expect(tick(document, { doneResponses, windingDownSinceMs }).action).toBe('end')
    expect(tick(document, { doneResponses, windingDownSinceMs, nowMs: noonMs - 1 }).action).toBe('allow')
  })

  test('takes what a policy says a signal is worth, nothing included', () => {
    const weights = { words_of_tiredness: 0 }
    expect(tick({ fatigue: { ...ladder, weights } }, { tiredTurns: 3 }).action).toBe('allow')
  })

  test('counts no hour of the night where nobody knows where the person is', () => {
    const { userZone: _known, ...unknown } = rested
    const document = { fatigue: { thresholds: [{ score: 0.2, response: 'soften' }] } }
    const decide2 = (facts: TickFacts): Decision => decide(policyOf(document), { stage: 'tick' }, { tick: facts })
    expect(decide2({ ...rested, ...atNight }).action).toBe('annotate')
    expect(decide2({ ...unknown, ...atNight }).action).toBe('allow')
  })

  test('notices replies that get shorter, slower, and are said again, by the middle and not by one of them', () => {
    const document = (signal: string): object => ({
      fatigue: {
        weights: { time_today: 0, sessions_today: 0, [signal]: 1 },
        thresholds: [{ score: 0.5, response: 'soften' }],
      },
    })
    const long = [80, 90, 100, 85]
    expect(tick(document('shorter_replies'), { replyCharacters: [...long, 20, 15, 200, 10] }).action).toBe('annotate')
    expect(tick(document('shorter_replies'), { replyCharacters: [...long, 70, 5, 90, 80] }).action).toBe('allow')
    expect(tick(document('shorter_replies'), { replyCharacters: [80, 5, 5, 5] }).action).toBe('allow')
    const quick = [2000, 1500, 1800, 2000]
    expect(tick(document('slower_replies'), { replyDelaysMs: [...quick, 6000, 7000, 100, 9000] }).action).toBe(
      'annotate',
    )
    expect(tick(document('slower_replies'), { replyDelaysMs: [400, 300, 500, 1500, 1800, 2000] }).action).toBe('allow')
    expect(tick(document('repeats'), { repeatedTurns: 2 }).action).toBe('annotate')
  })

  test('of all layers holds together: the strongest is done', () => {
    const result = compilePolicy({
      identity: { id: 'policy', version: 1, sha256: '00' },
      layers: [
        {
          layer: 'workspace',
          document: policyDocumentSchema.parse({ fatigue: { thresholds: [{ score: 0.1, response: 'end' }] } }),
        },
        { layer: 'agent', document: policyDocumentSchema.parse({ fatigue: ladder }) },
      ],
    })
    if (!result.ok) throw new Error('expected a policy')
    const decided = decide(result.policy, { stage: 'tick' }, { tick: { ...rested, tiredTurns: 1 } })
    expect(decided.action).toBe('end')
    expect(kinds(decided)).toEqual(expect.arrayContaining(['soften', 'end']))
  })

  test('holds no word of the person in what is recorded', () => {
    const decided = tick({ fatigue: ladder }, { tiredTurns: 3, ...atNight })
    expect(Object.values(decided.facts).every((fact) => typeof fact === 'number')).toBe(true)
  })
})

describe('a session that runs out of the hours of a window', () => {
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
  const window = {
    name: 'day',
    hours: [{ days, from: '08:00', to: '11:30' }],
    running: { wind_down_after_minutes: 10, line: 'It is late.' },
  }
  const document = { sleep_windows: [window] }
  const ruleId = 'agent/window.day'
  /** It began at eleven in Berlin; it is noon now. */
  const ranOut = { sessionMs: 60 * 60_000 }

  test('says the line, and ends so many minutes later', () => {
    const decided = tick(document, ranOut)
    expect(decided.action).toBe('annotate')
    expect(lines(decided)).toEqual(['It is late.'])
    expect(decided.obligations).toContainEqual({ kind: 'wind_down', ruleId, inMs: 600_000 })
    const since = (agoMs: number): Decision =>
      tick(document, { ...ranOut, windingDownSinceMs: { [ruleId]: noonMs - agoMs } })
    expect(since(599_999).action).toBe('allow')
    expect(since(600_000).action).toBe('end')
    expect(lines(since(600_000))).toEqual(['I am ending our conversation here. Take care.'])
  })

  test('is left alone within the hours, when it began outside, and where the window says nothing of it', () => {
    expect(tick(document, { nowMs: noonMs - 31 * 60_000, sessionMs: 60_000 }).action).toBe('allow')
    expect(tick(document, { sessionMs: 60_000 }).action).toBe('allow')
    const { running: _said, ...silent } = window
    expect(tick({ sleep_windows: [silent] }, ranOut).action).toBe('allow')
  })

  test('is judged by the clock of the user; where nobody knows that, it goes on', () => {
    const { userZone: _known, ...unknown } = rested
    expect(decide(policyOf(document), { stage: 'tick' }, { tick: { ...unknown, ...ranOut } }).action).toBe('allow')
  })

  test('is judged by a zone that the window names; where that is no fact, the decision says that it failed', () => {
    const fixed = { sleep_windows: [{ ...window, time_zone: 'Europe/Berlin' }] }
    expect(lines(tick(fixed, { ...ranOut }))).toEqual(['It is late.'])
    expect(tick(fixed, { ...ranOut, zones: [] })).toMatchObject({ action: 'annotate', error: 'RangeError' })
  })

  test('with no minutes to wind down ends at once', () => {
    const atOnce = { sleep_windows: [{ ...window, running: { wind_down_after_minutes: 0, line: 'It is late.' } }] }
    expect(tick(atOnce, ranOut)).toMatchObject({ action: 'end' })
  })

  test('is ended for its own channel only', () => {
    const voice = { sleep_windows: [{ ...window, channels: ['voice'] }] }
    expect(tick(voice, ranOut).action).toBe('allow')
    expect(tick(voice, { ...ranOut, channel: 'voice' }).action).toBe('annotate')
  })
})
