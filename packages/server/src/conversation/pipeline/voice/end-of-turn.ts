import { wordList } from './word-list.ts'

/**
 * How much longer than the pause itself a person is waited for, by how their words sound: a finished sentence is answered at
 * once, one that ends in "and" is not. A wrong guess costs a moment or an interruption, never words.
 */
export function endOfTurnWaitMs(heard: {
  readonly text: string
  /** As `en` or `en-GB`. Of a language that is not in the table only the pause counts. */
  readonly language: string
  /** The provider itself believes that the person has finished: it hears the melody, which no text holds. */
  readonly providerBelieves: boolean
}): number {
  const sound = soundOf(heard.text, heard.language)
  return heard.providerBelieves ? believedWaitMs[sound] : waitMs[sound]
}

type Sound = 'finished' | 'unclear' | 'unfinished'

const waitMs = {
  finished: 0,
  // People who speak on after half a sentence mostly do within this time.
  unclear: 700,
  // Searching for a word or a number takes longer than breathing.
  unfinished: 1500,
} as const satisfies Record<Sound, number>

const believedWaitMs = { finished: 0, unclear: 0, unfinished: 700 } as const satisfies Record<Sound, number>

function soundOf(text: string, language: string): Sound {
  const table = tables[language.slice(0, 2)]
  // Only the end counts, and nothing that is said is longer than this in two words.
  const tail = text.trimEnd().slice(-80).toLowerCase().replaceAll('’', "'")
  if (table === undefined || tail === '') return 'unclear'
  if (/[,;:–—-]$|\.\.\.$|…$/u.test(tail)) return 'unfinished'
  const isSentence = /[.!?。！？]["'»”)]?$/u.test(tail)
  const words = tail.replace(/[^\p{L}\p{M}\p{N}']+/gu, ' ').trim()
  if (endsWithOne(words, table.abbreviations) && !/[!?]$/u.test(tail)) return 'unfinished'
  if (endsWithOne(words, table.open)) return 'unfinished'
  // "What are you looking for?" is a sentence; "I am looking for" is none.
  if (endsWithOne(words, table.closing)) return isSentence ? 'finished' : 'unfinished'
  // Numbers are said in groups, and a provider puts a full stop behind each.
  if (/\p{N}$/u.test(words)) return 'unclear'
  if (isSentence || table.answers.has(words)) return 'finished'
  return 'unclear'
}

function endsWithOne(words: string, endings: ReadonlySet<string>): boolean {
  const [last = '', beforeLast = ''] = words.split(' ').toReversed()
  return endings.has(last) || endings.has(`${beforeLast} ${last}`)
}

type Table = {
  /** Words and pairs of words that nobody ends with, also where the provider has put a full stop: "and.", "the.", "um." */
  readonly open: ReadonlySet<string>
  /** Words that end a sentence only where the provider heard its end. */
  readonly closing: ReadonlySet<string>
  /** Whole answers, without any punctuation. */
  readonly answers: ReadonlySet<string>
  /** Their full stop ends nothing. */
  readonly abbreviations: ReadonlySet<string>
}

const tables: Readonly<Record<string, Table>> = {
  en: {
    open: wordList(`and or but because so|that if|when although unless the a an my your our their its um uh er erm hmm
      i|mean you|know i'm it's we're that's|because such|as let|me i|want|to i|would gonna wanna very really every`),
    closing: wordList(`to for of with at from in on by about into over under between like than as is are was were be
      have has had do does can could will would should might must that which who when where while then so if
      he she they we i my|name|is`),
    answers: wordList(
      'yes no yeah yep nope okay ok sure right correct exactly please thanks hello hi bye goodbye nothing',
    ),
    abbreviations: wordList('dr mr mrs ms st prof e|g i|e vs'),
  },
  de: {
    open: wordList(`und oder aber weil dass denn sondern obwohl wenn ob der die das den dem des ein eine einen einem einer
      mein meine meinen meinem dein deine ihr ihre unser unsere äh ähm hm also|ich ich|meine ich|möchte sehr ganz zum zur
      vom beim im am`),
    closing:
      wordList(`zu für von mit bei aus nach in an auf über unter zwischen um vor durch ohne gegen bis seit als wie
      ist sind war bin habe hat haben hatte kann könnte will würde soll muss möchte ich er sie wir also dann wo was wer`),
    answers: wordList('ja nein doch genau richtig okay ok gut gerne bitte danke hallo tschüss nichts stimmt'),
    abbreviations: wordList('dr hr fr st prof z|b d|h bzw ca nr'),
  },
  fr: {
    open: wordList(`et ou mais parce|que car que si quand donc|je le la les l un une des du au aux mon ma mes ton ta tes son
      sa ses notre votre leur ce cet cette euh heu hum ben c'est je|veux je|voudrais je|suis très à de`),
    closing:
      wordList(`pour avec dans sur chez par en sous entre vers sans depuis comme est sont était ai a ont avait peut
      peux pourrait je il elle nous on qui dont où donc alors`),
    answers: wordList(`oui non ouais si d'accord okay ok bien exactement merci bonjour bonsoir salut rien voilà`),
    abbreviations: wordList('dr m mme mlle prof st p|ex'),
  },
  es: {
    open: wordList(`y e o u pero porque que si cuando aunque el la los las un una unos unas del al mi mis tu tus su sus
      nuestro nuestra este|es eh em mmm o|sea quiero|que me|gustaría muy de a`),
    closing:
      wordList(`para con en por sobre desde hasta entre sin según como es son era está están estoy he ha tengo tiene
      puedo puede quiero yo él ella nosotros donde entonces quien me|llamo mi|nombre|es`),
    answers: wordList('sí si no vale claro exacto bueno okay ok correcto gracias hola adiós nada perfecto'),
    abbreviations: wordList('dr dra sr sra srta d prof p|ej'),
  },
}
