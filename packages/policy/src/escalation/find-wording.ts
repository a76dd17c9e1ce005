/** Words that say how somebody feels about the talk itself: anger or despair, and that it was not understood. Wording only, never the sound. */
import { createPhraseBook, type PhraseBook } from '../match/phrase-book.ts'

const negative = [
  ...['this is ridiculous', 'this is useless', 'you are useless', "you're useless", 'this is a joke', 'i am so angry'],
  ...[
    "i'm so angry",
    'i am furious',
    "i'm furious",
    'this is unacceptable',
    'this is terrible',
    'i hate this',
    'worst service',
  ],
  ...[
    'i am fed up',
    "i'm fed up",
    'sick of this',
    'i give up',
    'this is hopeless',
    'stupid machine',
    'stupid bot',
    'waste of time',
  ],
  ...[
    'wasting my time',
    'shut up',
    'go to hell',
    'what a disgrace',
    'i am desperate',
    "i'm desperate",
    'i want to complain',
  ],
  ...[
    'das ist lächerlich',
    'das ist nutzlos',
    'so ein mist',
    'so ein quatsch',
    'das ist eine frechheit',
    'unverschämt',
    'ich bin wütend',
  ],
  ...[
    'ich bin sauer',
    'ich habe die nase voll',
    'mir reicht es',
    'mir reichts',
    'es reicht',
    'zeitverschwendung',
    'blöde maschine',
  ],
  ...['dummer roboter', 'halt den mund', 'halt die klappe', 'ich bin verzweifelt', 'unerhört', 'das ist inakzeptabel'],
  ...[
    "c'est ridicule",
    "c'est inutile",
    "c'est inadmissible",
    "c'est inacceptable",
    "c'est honteux",
    'je suis furieux',
    'je suis furieuse',
  ],
  ...[
    "j'en ai marre",
    "j'en ai assez",
    'ras le bol',
    'perte de temps',
    'machine stupide',
    'robot stupide',
    'ferme-la',
    'fermez-la',
  ],
  ...['je suis désespéré', 'je suis désespérée', 'vous êtes nul', 'vous êtes nuls', "n'importe quoi"],
  ...[
    'esto es ridículo',
    'esto es inútil',
    'esto es inaceptable',
    'es una vergüenza',
    'estoy furioso',
    'estoy furiosa',
    'estoy harto',
  ],
  ...[
    'estoy harta',
    'pérdida de tiempo',
    'máquina estúpida',
    'robot estúpido',
    'cállate',
    'cállese',
    'estoy desesperado',
  ],
  ...['estoy desesperada', 'qué asco', 'no sirves para nada', 'no sirve para nada', 'vaya porquería'],
]

const misunderstood = [
  ...[
    "you don't understand",
    'you do not understand',
    "you didn't understand",
    "that's not what i said",
    'that is not what i said',
  ],
  ...[
    "that's not what i asked",
    'that is not what i asked',
    "that's not what i meant",
    'that is not what i meant',
    'you misunderstood',
  ],
  ...[
    "you're not listening",
    'you are not listening',
    'i already told you',
    'i already said that',
    'i just said that',
    "no that's wrong",
  ],
  ...['i said', 'as i said', 'again no', "you're not understanding me", 'you got that wrong'],
  ...[
    'du verstehst nicht',
    'sie verstehen nicht',
    'das habe ich nicht gesagt',
    'das habe ich nicht gefragt',
    'das meinte ich nicht',
  ],
  ...[
    'das habe ich nicht gemeint',
    'sie haben mich falsch verstanden',
    'du hast mich falsch verstanden',
    'sie hören nicht zu',
  ],
  ...['das habe ich schon gesagt', 'ich habe gesagt', 'ich sagte doch', 'wie gesagt', 'nein das ist falsch'],
  ...[
    'vous ne comprenez pas',
    'tu ne comprends pas',
    "ce n'est pas ce que j'ai dit",
    "ce n'est pas ma question",
    "vous n'écoutez pas",
  ],
  ...[
    "ce n'est pas ce que je voulais dire",
    "vous m'avez mal compris",
    "je l'ai déjà dit",
    "j'ai dit",
    "non c'est faux",
  ],
  ...[
    'no me entiende',
    'no me entiendes',
    'no entiendes',
    'eso no es lo que dije',
    'no es lo que dije',
    'no es lo que pregunté',
  ],
  ...[
    'no me escucha',
    'no me escuchas',
    'ya lo dije',
    'ya se lo dije',
    'ya te lo dije',
    'no me ha entendido',
    'no eso está mal',
  ],
]

const books = new Map<readonly string[], PhraseBook>()

/** Words of anger or despair, in one of the languages of the tables. */
export function hasNegativeWording(text: string): boolean {
  return bookOf(negative).find(text).length > 0
}

/** The user says that it was not understood. */
export function saysMisunderstood(text: string): boolean {
  return bookOf(misunderstood).find(text).length > 0
}

function bookOf(phrases: readonly string[]): PhraseBook {
  const known = books.get(phrases)
  if (known !== undefined) return known
  const made = createPhraseBook(phrases)
  books.set(phrases, made)
  return made
}
