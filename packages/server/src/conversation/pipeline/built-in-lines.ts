import { policyLanguageOf } from '@hyponema/contract'

/** What the agent says of itself where the model left the person without a word. Not cleared: the gate judges it as any line. */
const lines = {
  tool_failed: {
    en: 'I am sorry, that did not work just now.',
    de: 'Das hat gerade leider nicht geklappt.',
    fr: "Cela n'a malheureusement pas fonctionné.",
    es: 'Lo siento, eso no ha funcionado.',
  },
  unanswered: {
    en: 'Nobody could take over yet. I am sorry about that.',
    de: 'Leider konnte noch niemand übernehmen. Das tut mir leid.',
    fr: "Personne n'a encore pu prendre le relais. J'en suis désolé.",
    es: 'Todavía nadie ha podido atenderle. Lo siento.',
  },
  goodbye: { en: 'Goodbye.', de: 'Auf Wiedersehen.', fr: 'Au revoir.', es: 'Adiós.' },
  handed_over: {
    en: 'I will pass this on to a person.',
    de: 'Ich gebe das an einen Menschen weiter.',
    fr: 'Je transmets cela à une personne.',
    es: 'Voy a pasar esto a una persona.',
  },
  opted_out: {
    en: 'I have noted that you do not want to be contacted any more. You will not hear from us again.',
    de: 'Ich habe notiert, dass Sie nicht mehr kontaktiert werden möchten. Sie hören nicht mehr von uns.',
    fr: "J'ai noté que vous ne voulez plus être contacté. Nous ne vous recontacterons pas.",
    es: 'He anotado que no quiere que se le vuelva a contactar. No volveremos a hacerlo.',
  },
} as const

export type BuiltInLine = keyof typeof lines

/** In the language with this code, by its first part; in English where we have no words of our own in it. */
export function builtInLine(name: BuiltInLine, language: string | undefined): string {
  return lines[name][policyLanguageOf(language)]
}
