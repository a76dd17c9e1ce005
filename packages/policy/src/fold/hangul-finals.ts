/**
 * The final consonants of Hangul syllables as the initial consonants that they are pronounced and typed as, so that a
 * syllable is the same letters in one character, decomposed, and typed letter by letter (U+3142 U+314F U+3142).
 * From U+11A8 on, in the order of Unicode (3.12, Conjoining Jamo Behavior); a cluster is its two consonants.
 */
const initials = [
  [0x1100],
  [0x1101],
  [0x1100, 0x1109],
  [0x1102],
  [0x1102, 0x110c],
  [0x1102, 0x1112],
  [0x1103],
  [0x1105],
  [0x1105, 0x1100],
  [0x1105, 0x1106],
  [0x1105, 0x1107],
  [0x1105, 0x1109],
  [0x1105, 0x1110],
  [0x1105, 0x1111],
  [0x1105, 0x1112],
  [0x1106],
  [0x1107],
  [0x1107, 0x1109],
  [0x1109],
  [0x110a],
  [0x110b],
  [0x110c],
  [0x110e],
  [0x110f],
  [0x1110],
  [0x1111],
  [0x1112],
] as const

/** The two clusters whose letters on a keyboard decompose to initials of old Korean. */
const oldInitials = [
  [0x111a, [0x1105, 0x1112]],
  [0x1121, [0x1107, 0x1109]],
] as const

export const hangulFinals: ReadonlyMap<string, readonly string[]> = new Map(
  [...initials.map((letters, place) => [0x11a8 + place, letters] as const), ...oldInitials].map(([final, letters]) => [
    String.fromCodePoint(final),
    letters.map((letter) => String.fromCodePoint(letter)),
  ]),
)
