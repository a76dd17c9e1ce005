import { policyDocumentSchema } from '@hyponema/contract'
import { describe, expect, it } from 'vitest'
import { lintDocument } from './lint-document.ts'

const lint = (document: unknown) =>
  lintDocument(policyDocumentSchema.parse(document), { isKnownZone: (name) => name === 'Europe/Paris' })
const day = [{ days: ['mon'], from: '09:00', to: '17:00' }]
const placesOf = (document: unknown) => lint(document).map(({ severity, pointer }) => `${severity} ${pointer}`)
const zone = (name: string, phrases: readonly string[], more: object = {}) => ({
  name,
  phrases,
  action: 'redirect',
  line: 'Let us speak of something else.',
  ...more,
})

describe('the lint of a document', () => {
  it('says nothing about a document that means what it says', () => {
    const zones = [zone('dose', ['double the dose']), zone('weapons', ['build a bomb'], { action: 'end' })]
    expect(
      lint({ no_go_zones: zones, sleep_windows: [{ name: 'night', hours: day, time_zone: 'Europe/Paris' }] }),
    ).toEqual([])
  })

  it('warns of a phrase that everybody says', () => {
    expect(placesOf({ no_go_zones: [zone('all', ['dose', 'You', 'the'])] })).toEqual([
      'warning /no_go_zones/0/phrases/1',
      'warning /no_go_zones/0/phrases/2',
    ])
  })

  it('warns of a phrase and of a zone that a stronger zone finds first', () => {
    const stronger = zone('bombs', ['bomb'], { action: 'end' })
    expect(placesOf({ no_go_zones: [zone('build', ['build a BOMB', 'build a gun']), stronger] })).toEqual([
      'warning /no_go_zones/0/phrases/0',
    ])
    expect(placesOf({ no_go_zones: [zone('build', ['build a bomb']), stronger] })).toEqual([
      'warning /no_go_zones/0',
      'warning /no_go_zones/0/phrases/0',
    ])
    expect(placesOf({ no_go_zones: [zone('build', ['bombs away']), stronger] })).toEqual([])
    expect(
      placesOf({ no_go_zones: [zone('build', ['build a bomb']), { ...stronger, unless: ['bath bomb'] }] }),
    ).toEqual([])
    expect(placesOf({ no_go_zones: [zone('build', ['build a bomb'], { stages: ['input'] }), stronger] })).toEqual([])
  })

  it('takes time in proportion to the document, however many zones could stand in for each other', () => {
    const phrases = (place: number) => Array.from({ length: 200 }, (_, index) => `dose${place}x${index}`)
    const zones = Array.from({ length: 100 }, (_, place) => zone(`z${place}`, phrases(place), { priority: place }))
    const startedMs = performance.now()
    expect(lint({ no_go_zones: [...zones, zone('last', ['a dose7x7 a day'])] })).toHaveLength(2)
    // Each phrase against each other took 40 seconds.
    expect(performance.now() - startedMs).toBeLessThan(8000)
  })

  it('warns of one of two zones that do the same about the same, and of a pattern that runs on', () => {
    const both = [zone('bombs', ['bomb'], { action: 'end' }), zone('again', ['bomb'], { action: 'end' })]
    expect(placesOf({ no_go_zones: both })).toEqual(['warning /no_go_zones/0', 'warning /no_go_zones/0/phrases/0'])
    const bounded = ['a.{0,30}b', String.raw`a\.*b`, 'a[.*]+b', 'a*b+']
    // What lies between two words, or within one.
    const within = [String.raw`a\W+b`, String.raw`a\S+b`, String.raw`a[^\s,]+b`, 'a[^ ]+b']
    const regexes = ['a.*b', 'a.{2,}b', 'a[^,]+b', String.raw`a\D+b`, ...bounded, ...within]
    expect(placesOf({ no_go_zones: [{ ...zone('runs', []), regexes }] })).toEqual(
      [0, 1, 2, 3].map((place) => `warning /no_go_zones/0/regexes/${place}`),
    )
  })

  it('warns of a phrase that its own exception takes out', () => {
    expect(placesOf({ no_go_zones: [zone('bath', ['bath bomb', 'bomb'], { unless: ['bath bomb'] })] })).toEqual([
      'warning /no_go_zones/0/phrases/0',
    ])
  })

  it('refuses a time zone that is none, wherever it stands', () => {
    const hours = { time_zone: 'Europe/Pariss', week: [{ days: ['mon'], from: '09:00', to: '17:00' }] }
    expect(
      placesOf({
        sleep_windows: [{ name: 'night', hours: day, time_zone: 'Mars/Base' }],
        escalation_rules: [{ name: 'help', triggers: { explicit_wish: true }, hours }],
      }),
    ).toEqual(['error /sleep_windows/0/time_zone', 'error /escalation_rules/0/hours/time_zone'])
  })

  it('warns of a window that never opens, also because its preset and its hours have nothing in common', () => {
    const night = [{ days: ['mon'], from: '22:00', to: '23:00' }]
    expect(
      placesOf({
        sleep_windows: [
          { name: 'never', hours: [] },
          { name: 'odd', preset: 'us-federal', hours: night },
          { name: 'fine', preset: 'us-federal', hours: day },
        ],
      }),
    ).toEqual(['warning /sleep_windows/0', 'warning /sleep_windows/1'])
  })

  it('warns of a line that is never said and of a rule behind one that forbids', () => {
    expect(
      placesOf({
        escalation_rules: [{ name: 'help', triggers: { explicit_wish: true }, closed_say: 'We are closed.' }],
        tool_rules: [
          { name: 'never', tools: ['pay'], allow: false },
          { name: 'little', tools: ['pay'], budgets: { per_turn: 1 } },
        ],
      }),
    ).toEqual(['warning /escalation_rules/0/closed_say', 'warning /tool_rules/1'])
  })
})
