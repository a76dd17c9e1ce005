/** The same crises as people type them: with the usual slips, in slang, and the dangers that are told in other words. */
import type { PolicyLanguage } from '@hyponema/contract'
import { crossWords } from './cross-words.ts'

const wants = [
  'i want to',
  'i wanna',
  "i'm going to",
  "i'm gonna",
  'i will',
  "i'll",
  'i just want to',
  'i am going to',
].concat(['i need to', 'i feel like i want to', 'i really want to', 'i have to'])

export const crisisSlang: Readonly<Record<PolicyLanguage, readonly string[]>> = {
  en: [
    ...crossWords(
      [
        'my son',
        'my daughter',
        'my husband',
        'my wife',
        'my mother',
        'my mum',
        'my mom',
        'my father',
        'my dad',
        'my baby',
        'he',
        'she',
      ],
      ["isn't breathing", 'is not breathing', 'is unconscious and', 'has a knife and', 'has a gun and'],
    ),
    ...crossWords(wants, ['kms', 'unalive myself', 'kil myself', 'kill my self', 'kill meself', 'off myself']),
    ...crossWords(wants, ['end my own life', 'commit suiside', 'comit suicide', 'suicide', 'jump off a bridge']),
    ...crossWords(wants, ['jump off the roof', 'jump in front of a train', 'slit my wrists', 'cut my wrists']),
    ...crossWords(['i want', 'i wanna', 'i just want', 'i wanted'], ['too die', '2 die']),
    ...crossWords(['i feel like', 'i felt like', 'thinking of', 'thinking about'], ['killing myself', 'ending it all']),
    ...crossWords(['a plan to', 'decided to', 'ready to', 'going to', 'about to'], ['kill myself', 'end my life']),
    ...[
      'decided to die',
      'going to die tonight',
      'i want to die tonight',
      'suicidal thoughts',
      'suicidel',
      'suicidal ideation',
    ],
    ...[
      "i don't wanna live anymore",
      "i don't wanna live any more",
      "i don't want to be here anymore",
      'i wanna be dead',
    ],
    ...["i don't wanna be here anymore", "life isn't worth living", 'life is not worth living', 'my life is over'],
    ...['i wish i was never born', 'i wish i had never been born', 'nobody would miss me if i', 'done with living'],
    ...['going to take them all at once', 'swallowed a whole bottle of pills', 'took a whole bottle of pills'],
    ...crossWords(
      ['i just took', 'i took', 'i have taken', 'i swallowed', 'i just swallowed'],
      ['too many pills', '30 pills', '40 pills', '50 pills'],
    ),
    ...["i'm cutting myself", 'i have been cutting myself', "i've been cutting myself", 'i am cutting myself'],
    ...["i'm self harming", 'i am self harming', 'i self harm', 'i have been self harming', 'i cut myself on purpose'],
    ...crossWords(
      ['my boyfriend', 'my girlfriend', 'my wife', 'my dad', 'my father', 'my mother', 'my ex'],
      ['is hitting me', 'is beating me', 'beats me', 'is choking me'],
    ),
    ...['he hit me and', 'he is choking me', "he's choking me"],
    ...[
      'he raped me',
      'i was raped',
      'i have been raped',
      'someone broke into my house',
      'somebody broke into my house',
    ],
    ...[
      'my house is on fire',
      'baby is not breathing',
      "baby isn't breathing",
      'he stopped breathing',
      'she stopped breathing',
    ],
    ...["she's unconscious", "he's unconscious", 'having a stroke'],
    ...[
      "chest pain and can't breathe",
      "chest pain and i can't breathe",
      "i can't breath",
      'please call 911',
      'please call an ambulance',
      'call me an ambulance',
    ],
  ],
  de: [
    ...crossWords(
      ['mein sohn', 'meine tochter', 'mein mann', 'meine frau', 'meine mutter', 'mein vater', 'mein baby', 'er'],
      ['atmet nicht mehr', 'ist bewusstlos'],
    ),
    ...crossWords(
      ['ich will', 'ich möchte', 'ich werde', 'ich muss', 'ich will einfach'],
      [
        'mich umbrigen',
        'mich umbingen',
        'mir was antun',
        'mir etwas antun',
        'mich aufhängen',
        'von der brücke springen',
        'vor den zug springen',
        'nich mehr leben',
        'nicht mehr da sein',
        'mein leben beenden',
        'tot sein',
      ],
    ),
    ...['ich wil sterben', 'will nur noch sterben', 'ich spring von der brücke', 'ich springe von der brücke'],
    ...[
      'ich häng mich auf',
      'ich hänge mich auf',
      'ich mach schluss mit meinem leben',
      'ich mache schluss mit meinem leben',
    ],
    ...['mein leben hat keinen sinn mehr', 'ich habe mich geritzt', 'ich hab mich geritzt', 'ich ritze mich wieder'],
    ...[
      'ich hab alle tabletten genommen',
      'ich habe zu viele tabletten genommen',
      'ich hab zu viele tabletten genommen',
    ],
    ...[
      'mein freund hat mich geschlagen',
      'mein mann hat mich geschlagen',
      'mein vater schlägt mich',
      'er hat ein messer',
    ],
    ...['er hat mich vergewaltigt', 'ich wurde vergewaltigt', 'es brennt bei mir'],
  ],
  fr: [
    ...crossWords(
      ['mon fils', 'ma fille', 'mon mari', 'ma femme', 'ma mère', 'mon père', 'mon bébé', 'il', 'elle'],
      ['ne respire plus', 'est inconscient et', 'est inconsciente et', 'a un couteau et'],
    ),
    ...["j'ai envie d'en finir avec la vie", 'en finir avec la vie', 'je veux en finir avec ma vie', 'jveux mourir'],
    ...[
      'je veu mourir',
      "j'veux mourir",
      'je veux plus être là',
      'je vais me foutre en l’air',
      "je vais me foutre en l'air",
    ],
    ...['je vais me jeter par la fenêtre', 'je vais me jeter sous un train', 'la vie ne vaut pas la peine'],
    ...[
      "la vie ne vaut plus la peine d'être vécue",
      'je me scarifie',
      'je me coupe les veines',
      'je me taille les veines',
    ],
    ...[
      "j'arrive plus à respirer",
      "je n'arrive plus à respirer",
      "je n'arrive pas à respirer",
      "j'arrive pas à respirer",
    ],
    ...['mon copain me tape', 'mon copain me frappe', 'mon mari me tape', 'mon père me frappe'],
    ...["j'ai été violée", 'il m’a violée', "il m'a violée"],
    ...["j'ai avalé tous mes médicaments", "j'ai pris trop de médicaments"],
  ],
  es: [
    ...crossWords(
      ['mi hijo', 'mi hija', 'mi marido', 'mi mujer', 'mi madre', 'mi padre', 'mi bebé'],
      ['no respira', 'está inconsciente'],
    ),
    ...['no puede respirar', 'tiene un cuchillo y'],
    ...[
      'kiero morir',
      'me kiero morir',
      'kiero morirme',
      'quiero morrir',
      'me quiero matar',
      'me voy a quitar la vida',
    ],
    ...['quiero acabar con mi vida', 'ya no quiero estar aquí', 'ya no quiero seguir viviendo', 'no quiero vivir más'],
    ...['mi vida no tiene sentido', 'no vale la pena vivir', 'me estoy cortando', 'me corto los brazos'],
    ...['me corto las venas', 'me voy a tirar por la ventana', 'me voy a tirar del puente', 'me voy a ahorcar'],
    ...['mi novio me pegó', 'mi marido me pegó', 'mi novio me pega', 'mi padre me pega', 'me violaron'],
    ...['me violó', 'tomé demasiadas pastillas', 'me tomé muchas pastillas'],
  ],
}

/** Typed without apostrophes: "im", "dont", "jai". */
export function withSlips(phrases: readonly string[]): readonly string[] {
  return phrases.flatMap((phrase) => (/['’]/.test(phrase) ? [phrase, phrase.replaceAll(/['’]/g, '')] : [phrase]))
}
