import { type Obligation, type PolicyLanguage, policyLanguageOf } from '@hyponema/contract'

type Question = Extract<Obligation, { readonly kind: 'question' }>

const words = {
  en: {
    ask: (what: string) => `Just to be sure, shall I do this: ${what}?`,
    spoken: 'Please say yes or no.',
    irreversible: 'Please press 1 or type yes to confirm.',
  },
  de: {
    ask: (what: string) => `Nur um sicherzugehen, soll ich das tun: ${what}?`,
    spoken: 'Bitte sagen Sie ja oder nein.',
    irreversible: 'Bitte drücken Sie die 1 oder schreiben Sie ja.',
  },
  fr: {
    ask: (what: string) => `Pour être sûr, dois-je faire ceci : ${what} ?`,
    spoken: 'Dites oui ou non, s’il vous plaît.',
    irreversible: 'Appuyez sur la touche 1 ou écrivez oui.',
  },
  es: {
    ask: (what: string) => `Para estar seguros, ¿hago esto: ${what}?`,
    spoken: 'Diga sí o no, por favor.',
    irreversible: 'Pulse 1 o escriba sí.',
  },
} as const satisfies Record<PolicyLanguage, unknown>

/** The question in the session's language, with what it is about. Values are the model's words: the gate judges all of it. */
export function confirmationQuestion(
  tool: string,
  question: Omit<Question, 'kind' | 'ruleId'>,
  language: string | undefined,
): string {
  const { ask, ...how } = words[policyLanguageOf(language)]
  const fields = question.fields.map(({ field, value }) => `${nameOf(field)} ${plain(value)}`)
  const what = [tool.replaceAll(/[_-]+/g, ' '), ...fields].join(', ')
  return `${ask(what)} ${how[question.confirmation]}`
}

/** Of several rules that ask, the strictest way to answer. All of them read out the same fields. */
export function strictestQuestion(obligations: readonly Obligation[]): Question | undefined {
  const questions = obligations.filter((obligation) => obligation.kind === 'question')
  return questions.find(({ confirmation }) => confirmation === 'irreversible') ?? questions[0]
}

/** `/visit/start_date` is "visit start date". */
function nameOf(pointer: string): string {
  return pointer
    .replaceAll('~1', '/')
    .replaceAll('~0', '~')
    .replaceAll(/[/_-]+/g, ' ')
    .trim()
}

/** Nothing that only some readers see, and nothing that turns the order of letters around. */
function plain(value: string): string {
  return value
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .replaceAll(/[\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu, '')
    .trim()
}
