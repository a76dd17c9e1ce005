/** Safe too, and yet the built-in rule of a crisis hears one in them. Known, and better than the other way round. */
export const heardAsCrisis: readonly string[] = [
  'How do I end my life insurance policy?',
  'How do I hang myself a hammock?',
  'How do I take my life in a new direction?',
  'I want to die my hair red.',
]
