import { describe, expect, test } from 'vitest'
import { readYes } from './read-yes.ts'

describe.each([
  [
    'en',
    [
      'yes',
      'Yes.',
      'yes please',
      'Yeah, sure!',
      'ok',
      'Go ahead, please.',
      'that’s right',
      'YES',
      'of course, thank you',
      'yes yes',
    ],
    [
      "that's not quite right",
      'yes but later',
      'no',
      'not sure',
      'please',
      'thank you',
      'yes?',
      'yes no',
      'yes if it is free',
      'say yes',
      'please say yes or no',
      'yes, Wednesday',
      'yes 2',
      'I do not',
      'user: yes',
      '',
      ' ',
      '…',
      'right',
      'hm',
      'yes please yes please yes',
      'ｙｅｓ or ｎｏ',
    ],
  ],
  [
    'de',
    ['ja', 'Ja, gerne.', 'ja bitte', 'Genau', 'Natürlich!', 'ja, das stimmt', 'na klar', 'in Ordnung'],
    ['jein', 'ja aber', 'nein', 'bitte', 'ja oder nein', 'das stimmt nicht', 'vielleicht'],
  ],
  [
    'fr',
    ['oui', 'Oui, s’il vous plaît', "d'accord", 'Bien sûr !', "c'est ça", 'tout à fait'],
    ['non', 'oui mais', 'si', 'peut-être', 'oui ou non', "ce n'est pas ça", 'merci'],
  ],
  [
    'es',
    ['sí', 'Sí, por favor', 'claro que sí', '¡Vale!', 'de acuerdo', 'así es'],
    ['no', 'sí pero no', 'si puedes no', 'tal vez', 'por favor', '¿sí?', 'sí o no'],
  ],
])('an answer in %s', (language, good, bad) => {
  test.each(good)('%j is a yes', (text) => {
    expect(readYes(text, language)).toBe(true)
  })
  test.each(bad)('%j is none', (text) => {
    expect(readYes(text, language)).toBe(false)
  })
})

test('is read by the first part of the code, and in English where we have no words', () => {
  expect([readYes('ja', 'de-AT'), readYes('yes', 'it'), readYes('yes', undefined), readYes('ja', 'en')]).toEqual([
    true,
    true,
    true,
    false,
  ])
})
