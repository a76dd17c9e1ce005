import { policyLanguageOf } from '@hyponema/contract'

/** What is said where the policy has no words of its own. Judged by the gate as any line. */
const lines = {
  ai_reminder: {
    en: 'Just so you know: you are talking to an AI, not a person.',
    de: 'Zur Erinnerung: Sie sprechen mit einer KI, nicht mit einem Menschen.',
    fr: 'Pour rappel : vous parlez à une IA, pas à une personne.',
    es: 'Le recuerdo que está hablando con una IA, no con una persona.',
  },
  suggest_break: {
    en: 'We have talked for a while. It may be a good moment for a break.',
    de: 'Wir sprechen schon eine Weile. Vielleicht ist jetzt ein guter Moment für eine Pause.',
    fr: 'Nous parlons depuis un moment. Ce serait peut-être le moment de faire une pause.',
    es: 'Llevamos un rato hablando. Quizá sea un buen momento para descansar.',
  },
  wind_down: {
    en: 'Let us finish soon, so that you can rest.',
    de: 'Lassen Sie uns bald zum Ende kommen, damit Sie sich ausruhen können.',
    fr: 'Terminons bientôt, pour que vous puissiez vous reposer.',
    es: 'Terminemos pronto, para que pueda descansar.',
  },
  end: {
    en: 'I am ending our conversation here. Take care.',
    de: 'Ich beende unser Gespräch hier. Alles Gute.',
    fr: 'Je termine notre conversation ici. Prenez soin de vous.',
    es: 'Termino aquí nuestra conversación. Cuídese.',
  },
} as const

export type FatigueLine = keyof typeof lines

/** In the language with this code, by its first part; in English where we have no words of our own in it. */
export function fatigueLine(name: FatigueLine, language: string | undefined): string {
  return lines[name][policyLanguageOf(language)]
}
