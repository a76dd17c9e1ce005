import { localTimeAt } from '@hyponema/policy'
import { describe, expect, it } from 'vitest'
import { zonesOfCountry, zonesOfNumber } from './possible-zones.ts'
import { isKnownZone, readZoneTransitions } from './read-zone-transitions.ts'
import { zonesOfCountries } from './zones-of-countries.ts'

const now = Date.UTC(2026, 11, 1)

describe('facts of a time zone', () => {
  it('hold the instants at which the clock is set, to the millisecond', () => {
    const zone = readZoneTransitions('Europe/Berlin', now)
    expect(zone?.transitions).toContainEqual({ fromMs: Date.UTC(2027, 2, 28, 1), offsetMinutes: 120 })
    expect(zone?.transitions).toContainEqual({ fromMs: Date.UTC(2027, 9, 31, 1), offsetMinutes: 60 })
  })

  it('show what the clock there shows, half hours and the far side of the date line too', () => {
    const lordHowe = readZoneTransitions('Australia/Lord_Howe', now)
    expect(lordHowe && localTimeAt(lordHowe, now)).toMatchObject({ minuteOfDay: 11 * 60 })
    const kiritimati = readZoneTransitions('Pacific/Kiritimati', now)
    expect(kiritimati && localTimeAt(kiritimati, now)).toMatchObject({ date: '2026-12-01', minuteOfDay: 14 * 60 })
  })

  it('are missing for a zone that nobody knows', () => {
    expect(readZoneTransitions('Mars/Olympus', now)).toBeNull()
    expect(isKnownZone('Mars/Olympus')).toBe(false)
    expect(isKnownZone('America/New_York')).toBe(true)
  })
})

describe('possible zones', () => {
  it('of a number are those of all countries that share its code', () => {
    expect(zonesOfNumber('+4930123456')).toEqual(zonesOfCountry('DE'))
    expect(zonesOfNumber('+14155550100')).toEqual(
      expect.arrayContaining(['America/New_York', 'Pacific/Honolulu', 'America/St_Johns']),
    )
    expect(zonesOfNumber('+88212345678')).toEqual([])
    expect(zonesOfNumber('4930123456')).toEqual([])
  })

  it('are zones that this machine knows', () => {
    const unknown = Object.values(zonesOfCountries)
      .flat()
      .filter((name) => !isKnownZone(name))
    expect(unknown).toEqual([])
  })

  it('of a country that is none are none', () => {
    expect(zonesOfCountry('XX')).toEqual([])
    expect(zonesOfCountry('constructor')).toEqual([])
  })
})
