import { type PolicyLanguage, policyLanguageOf } from '@hyponema/contract'

const lines = {
  crisis: {
    en: 'I am worried about you, and I am getting a person for you now. If you or someone else is in danger, please call your local emergency number right away.',
    de: 'Ich mache mir Sorgen um Sie und rufe jetzt einen Menschen dazu. Wenn Sie oder jemand anderes in Gefahr sind, wählen Sie bitte sofort den örtlichen Notruf.',
    fr: "Je m'inquiète pour vous et j'appelle une personne. Si vous ou quelqu'un d'autre êtes en danger, appelez tout de suite le numéro d'urgence local.",
    es: 'Me preocupo por usted y voy a avisar a una persona. Si usted u otra persona está en peligro, llame ahora mismo al número de emergencias local.',
  },
  called: {
    en: 'I am getting a person for you. One moment, please.',
    de: 'Ich rufe einen Menschen für Sie dazu. Einen Moment, bitte.',
    fr: "J'appelle une personne pour vous. Un instant, s'il vous plaît.",
    es: 'Voy a avisar a una persona para que le atienda. Un momento, por favor.',
  },
  closed: {
    en: 'Nobody is available at this hour. I have noted that you would like to talk to a person.',
    de: 'Um diese Zeit ist leider niemand da. Ich habe notiert, dass Sie mit einem Menschen sprechen möchten.',
    fr: "Personne n'est disponible à cette heure. J'ai noté que vous souhaitez parler à une personne.",
    es: 'A esta hora no hay nadie disponible. He anotado que desea hablar con una persona.',
  },
} as const satisfies Record<string, Record<PolicyLanguage, string>>

export type EscalationLine = keyof typeof lines

/** A line of ours in the language of this tag, by its first part; in English where there are no words in it. */
export function escalationLine(name: EscalationLine, language: string | undefined): string {
  return lines[name][policyLanguageOf(language)]
}
