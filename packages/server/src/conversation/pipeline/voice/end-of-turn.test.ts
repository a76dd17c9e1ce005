import { describe, expect, it } from 'vitest'
import { endOfTurnWaitMs } from './end-of-turn.ts'

const wait = (text: string, language = 'en', providerBelieves = false): number =>
  endOfTurnWaitMs({ text, language, providerBelieves })

describe('the wait for the end of a turn', () => {
  it.each([
    ['en', 'I would like to book a table.'],
    ['en', 'Can you help me?'],
    ['en', 'What are you looking for?'],
    ['en', 'yes'],
    ['en', 'Thanks'],
    ['en', 'She said “no.”'],
    ['en-GB', 'That is fine.'],
    ['de', 'Ich möchte einen Termin vereinbaren.'],
    ['de', 'nein'],
    ['de', 'Genau'],
    ['fr', "Je voudrais prendre rendez-vous s'il vous plaît."],
    ['fr', "D'accord"],
    ['fr', 'oui'],
    ['es', '¿Tiene una mesa para dos?'],
    ['es', 'sí'],
  ])('is nothing for a finished sentence or answer in %s: %s', (language, text) => {
    expect(wait(text, language)).toBe(0)
  })

  it.each([
    ['en', 'I would like to book a table'],
    ['en', 'it was in the morning'],
    ['en', 'My number is 0 1 7 6.'],
    ['en', ''],
    ['de', 'ich brauche einen Termin'],
    ['fr', 'je cherche un restaurant'],
    ['es', 'busco un restaurante'],
  ])('is short where nobody can tell, in %s: %s', (language, text) => {
    expect(wait(text, language)).toBe(700)
  })

  it.each([
    ['en', 'I would like to book a table for'],
    ['en', 'I want a table and'],
    ['en', 'And then I'],
    ['en', 'Because, um.'],
    ['en', 'I need the.'],
    ['en', 'Well,'],
    ['en', 'My problem is ...'],
    ['en', 'So I was thinking…'],
    ['en', 'Please call Dr.'],
    ['en', 'Two things:'],
    ['en', "It's"],
    ['en', 'It’s'],
    ['de', 'Ich hätte gerne einen Tisch für'],
    ['de', 'Ich glaube, dass'],
    ['de', 'Am Montag oder'],
    ['de', 'Ähm.'],
    ['fr', 'Je voudrais une table pour'],
    ['fr', 'Parce que'],
    ['fr', 'euh'],
    ['es', 'Quiero una mesa para'],
    ['es', 'Mañana y'],
    ['es', 'este es'],
  ])('is long where more must come, in %s: %s', (language, text) => {
    expect(wait(text, language)).toBe(1500)
  })

  it.each(['A sentence.', 'and', 'yes', '...'])(
    'counts nothing but the pause in a language it does not know: %s',
    (text) => {
      expect(wait(text, 'fi')).toBe(700)
    },
  )

  it('is shorter where the provider believes in the end', () => {
    expect(wait('I would like to book a table', 'en', true)).toBe(0)
    expect(wait('I would like to book a table and', 'en', true)).toBe(700)
    expect(wait('mitä kuuluu', 'fi', true)).toBe(0)
  })

  it('reads the end of a very long text only', () => {
    const startedMs = performance.now()
    expect(wait(`${'a'.repeat(1_000_000)} and`)).toBe(1500)
    // Reading all of it with these patterns would take minutes.
    expect(performance.now() - startedMs).toBeLessThan(1000)
  })
})
