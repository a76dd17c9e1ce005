import { crossWords } from './cross-words.ts'

/** Behind them it is hair that is dyed; "I want to die my hair is falling out" has none. */
const colours = [
  'red',
  'blue',
  'blond',
  'blonde',
  'black',
  'brown',
  'pink',
  'purple',
  'green',
  'grey',
  'gray',
  'white',
  'orange',
  'ginger',
  'silver',
]

/** How words of a crisis go on where nobody is in danger; no sentence of somebody in danger does. */
const none: readonly string[] = []
export const englishHarmless: readonly string[] = none.concat(
  crossWords(['die my hair'], colours),
  crossWords(
    ['end my life insurance', 'ending my life insurance'],
    ['policy', 'contract', 'plan', 'cover', 'coverage'],
  ),
  crossWords(
    ['hang myself a', 'hang myself up a', 'hang myself the'],
    ['hammock', 'picture', 'painting', 'mirror', 'poster', 'shelf', 'swing'],
  ),
  crossWords(
    ['take my life'],
    [
      'in a new direction',
      'in a different direction',
      'in another direction',
      'in a better direction',
      'to the next level',
    ],
  ),
  ['end my life of crime', 'end my life as a bachelor', 'end my life as a smoker', 'ending my life as a bachelor'],
  crossWords(['shoot myself'], ['a message', 'an email', 'a reminder']),
  crossWords(
    ["i don't want to live", 'i dont want to live', 'i do not want to live'],
    ['in', 'with', 'at', 'on', 'near', 'by', 'under', 'there', 'here', 'next', 'far', 'close', 'off', 'abroad'].concat(
      ['outside', 'downtown', 'together', 'apart', 'among', 'above', 'below', 'behind', 'across', 'from', 'for', 'up'],
      ['out', 'somewhere', 'anywhere', 'where', 'around', 'between', 'to'],
    ),
  ),
  crossWords(
    ['jump off a bridge', 'jump off the bridge', 'jumping off a bridge', 'jump from a bridge'],
    ['with a bungee', 'on a bungee', 'on a rope', 'bungee', 'with a parachute', 'with a bungee cord'],
  ),
  crossWords(['hits me', 'hit me', 'hitting me'], ['up on', 'up for', 'up via', 'up every', 'up when', 'up whenever']),
)
