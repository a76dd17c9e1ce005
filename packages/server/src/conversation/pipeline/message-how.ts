/** How a message came: typed, understood from speech, or pressed on the keypad of a phone. */
export type MessageHow = 'typed' | 'speech' | 'keypad'
