import { describe, expect, test } from 'vitest'
import { readEmails, readPhones, readUrls } from './read-contacts.ts'
import { readDates } from './read-dates.ts'
import { readNumbers } from './read-numbers.ts'
import { readTimes } from './read-times.ts'

/** A Monday in UTC. */
const now = { nowMs: Date.UTC(2026, 10, 30, 12) }

describe('days', () => {
  test.each([
    ['next Tuesday at half past nine', '2026-12-01'],
    ['nächsten Dienstag', '2026-12-01'],
    ['mardi prochain', '2026-12-01'],
    ['el próximo martes', '2026-12-01'],
    ['tomorrow', '2026-12-01'],
    ['morgen', '2026-12-01'],
    ['demain', '2026-12-01'],
    ['mañana', '2026-12-01'],
    ['the day after tomorrow', '2026-12-02'],
    ['übermorgen', '2026-12-02'],
    ['après-demain', '2026-12-02'],
    ['pasado mañana', '2026-12-02'],
    ['in three days', '2026-12-03'],
    ['in drei Tagen', '2026-12-03'],
    ['dans trois jours', '2026-12-03'],
    ['en tres días', '2026-12-03'],
    ['December 1st', '2026-12-01'],
    ['the first of December', '2026-12-01'],
    ['December the twenty-first, 2026', '2026-12-21'],
    ['am ersten Dezember', '2026-12-01'],
    ['1. Dezember 2026', '2026-12-01'],
    ['le 1er décembre', '2026-12-01'],
    ['uno de diciembre', '2026-12-01'],
    ['1.12.2026', '2026-12-01'],
    ['01/12/26', '2026-12-01'],
    ['12/01/2026', '2026-12-01'],
    ['on the 3rd of January', '2027-01-03'],
  ])('%s is %s', (said, date) => {
    expect([...readDates(said, now)]).toContain(date)
  })

  test('are those of the place that the person is in', () => {
    const transitions = [{ fromMs: 0, offsetMinutes: 13 * 60 }]
    expect([...readDates('tomorrow', { ...now, zone: { name: 'Pacific/Tongatapu', transitions } })]).toEqual([
      '2026-12-02',
    ])
  })

  test.each(['the 31st of February', 'hello', '99.99.9999', 'in 3', '1.5 kg'])('%s is none', (said) => {
    expect([...readDates(said, now)]).toEqual([])
  })
})

describe('times of day', () => {
  test.each([
    ['half past nine', '09:30'],
    ['nine thirty', '09:30'],
    ['9.30 am', '09:30'],
    ['quarter to ten', '09:45'],
    ['ten past nine in the evening', '21:10'],
    ['twenty to ten', '09:40'],
    ['at nine', '09:00'],
    ["nine o'clock", '09:00'],
    ['2pm', '14:00'],
    ['noon', '12:00'],
    ['halb zehn', '09:30'],
    ['fünf vor halb zehn', '09:25'],
    ['Viertel nach neun', '09:15'],
    ['neun Uhr dreißig', '09:30'],
    ['14 Uhr', '14:00'],
    ['dreiviertel zehn', '09:45'],
    ['neuf heures et demie', '09:30'],
    ['neuf heures trente', '09:30'],
    ['9h30', '09:30'],
    ['dix heures moins le quart', '09:45'],
    ['midi', '12:00'],
    ['a las nueve y media', '09:30'],
    ['las diez menos cuarto', '09:45'],
    ['las nueve treinta', '09:30'],
  ])('%s is %s', (said, time) => {
    expect([...readTimes(said)]).toContain(time)
  })

  test('of which nobody says which half of the day may be either, and 09:30 is one', () => {
    expect([...readTimes('half past nine')].sort()).toEqual(['09:30', '21:30'])
    expect([...readTimes('09:30')]).toEqual(['09:30'])
    expect([...readTimes('9:30')]).toEqual(['09:30'])
    expect([...readTimes('half past nine pm')]).toEqual(['21:30'])
  })

  test.each(['hello', '25:99', 'nine', 'half a loaf'])('%s is none', (said) => {
    expect([...readTimes(said)]).toEqual([])
  })
})

describe('numbers', () => {
  test.each([
    ['two hundred and fifty', '250'],
    ['zweihundertfünfzig', '250'],
    ['deux cent cinquante', '250'],
    ['doscientos cincuenta', '250'],
    ['einundzwanzig', '21'],
    ['quatre-vingt-dix-neuf', '99'],
    ['soixante et onze', '71'],
    ['treinta y uno', '31'],
    ['veintidós', '22'],
    ['one thousand two hundred', '1200'],
    ['eintausendzweihundert', '1200'],
    ['mille deux cents', '1200'],
    ['mil doscientos', '1200'],
    ['1,200.50', '1200.5'],
    ['1.200,50', '1200.5'],
    ['minus: -12', '-12'],
  ])('%s is %s', (said, number) => {
    expect([...readNumbers(said)]).toContain(number)
  })

  test('that stand beside each other are two', () => {
    expect([...readNumbers('twenty thirty')]).toEqual(['20', '30'])
  })
})

describe('how people are reached', () => {
  test.each([
    ['call 030 / 12 34 56 7', '301234567'],
    ['oh three oh one two three four five six seven', '301234567'],
    ['null drei null eins zwei drei vier fünf sechs sieben', '301234567'],
    ['+49 (30) 1234567', '49301234567'],
    ['double four one two three', '44123'],
  ])('%s has the number %s', (said, phone) => {
    expect([...readPhones(said)]).toContain(phone)
  })

  test.each([
    ['write to Jo.Doe@Example.com, please', 'jo.doe@example.com'],
    ['jo dot doe at example dot com', 'jo.doe@example.com'],
    ['jo Punkt doe at example Punkt com', 'jo.doe@example.com'],
    ['jo point doe arobase example point com', 'jo.doe@example.com'],
    ['jo punto doe arroba example punto com', 'jo.doe@example.com'],
    ['jo[at]example[dot]com', 'jo@example.com'],
  ])('%s has the mail %s', (said, mail) => {
    expect([...readEmails(said)]).toContain(mail)
  })

  test.each([
    ['see https://www.Example.com/a/b/.', 'example.com/a/b'],
    ['example dot com slash pay', 'example.com/pay'],
    ['http://example.com:80', 'example.com'],
  ])('%s has the address %s', (said, url) => {
    expect([...readUrls(said)]).toContain(url)
  })
})
