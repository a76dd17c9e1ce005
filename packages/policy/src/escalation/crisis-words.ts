import type { PolicyLanguage } from '@hyponema/contract'
import { crossWords } from './cross-words.ts'
import { englishHarmless } from './english-harmless.ts'

export interface CrisisWords {
  readonly phrases: readonly string[]
  /**
   * What the words of a crisis are part of where there is none: nobody is in danger who could die laughing. As long as it has to be
   * so that no sentence of somebody in danger goes on like it; where there is a doubt, a person is called.
   */
  readonly harmless: readonly string[]
  readonly negators: readonly string[]
}

/** What people say who may harm themselves or are in danger, in the first person. */
export const crisisWords: Record<PolicyLanguage, CrisisWords> = {
  en: {
    phrases: crossWords(
      [
        'i want to',
        'i wanna',
        'i just want to',
        "i'm going to",
        'i am going to',
        "i'm gonna",
        'i will',
        "i'll",
        'i plan to',
        'i am about to',
        "i'm about to",
        'i would like to',
        "i'd like to",
        'i have decided to',
        'i wish i could',
        'i need to',
        'i might',
        'how do i',
        'how can i',
        'should i',
      ],
      [
        'kill myself',
        'end my life',
        'take my life',
        'take my own life',
        'commit suicide',
        'hurt myself',
        'harm myself',
      ].concat(['end it all', 'hang myself', 'shoot myself', 'overdose']),
    ).concat(
      crossWords(
        [
          "i'm thinking of",
          'i am thinking of',
          "i'm thinking about",
          'i am thinking about',
          'i keep thinking about',
        ].concat(['i have been thinking about', "i've been thinking about", 'i think about', 'thoughts of']),
        ['killing myself', 'ending my life', 'ending it all', 'suicide', 'hurting myself', 'taking my own life'],
      ),
      [
        'i want to die',
        'i wanna die',
        'i just want to die',
        'i wish i was dead',
        'i wish i were dead',
        'i am suicidal',
      ],
      ["i'm suicidal", 'i feel suicidal', 'i have suicidal thoughts', "i don't want to live anymore"],
      [
        'i do not want to live anymore',
        "i don't want to live any more",
        "i don't want to be alive",
        'no reason to live',
        "i don't want to live",
        'i do not want to live',
      ],
      // Places that nobody moves away from.
      crossWords(
        ["i don't want to live", 'i dont want to live', 'i do not want to live'],
        ['in this world', 'in this body', 'in this life', 'on this planet', 'on this earth', 'with this pain'],
      ),
      ['everyone would be better off without me', "they'd be better off without me", 'better off dead'],
      ["i can't go on living", 'i cannot go on living', 'nothing left to live for', 'i took all the pills'],
      [
        'i took all my pills',
        'i have taken all my pills',
        'i have overdosed',
        'i took an overdose',
        "he's going to kill me",
      ],
      [
        'he is going to kill me',
        'she is going to kill me',
        'someone is trying to kill me',
        'he is beating me',
        'my husband hits me',
      ],
      ['my partner is hitting me', 'i am being attacked', "i'm being attacked", "i can't breathe", 'i cannot breathe'],
      [
        'i am having a heart attack',
        "i'm having a heart attack",
        'i am bleeding badly',
        'i cut my wrists',
        'i slit my wrists',
      ],
    ),
    harmless: [
      'kill myself laughing',
      'want to die laughing',
      'want to die of embarrassment',
      'want to die of laughter',
      'overdose on sugar',
      'overdose on caffeine',
      'overdose on chocolate',
      'hurt myself at the gym',
      'better off dead is a film',
      'hurt myself playing',
      'suicide squad',
      'suicide prevention',
    ].concat(englishHarmless),
    negators: ['if', 'he said', 'she said', 'the character says', 'the song says', 'called', 'titled'],
  },
  de: {
    phrases: crossWords(
      [
        'ich will',
        'ich möchte',
        'ich werde',
        'ich wollte',
        'ich muss',
        'am liebsten würde ich',
        'ich überlege',
        'ich denke daran',
      ],
      [
        'mich umbringen',
        'mich töten',
        'mir das leben nehmen',
        'mein leben beenden',
        'sterben',
        'nicht mehr leben',
      ].concat(['mich umzubringen', 'mir das leben zu nehmen', 'mir etwas antun', 'mir etwas anzutun', 'tot sein']),
    ).concat(
      [
        'ich bringe mich um',
        'ich bring mich um',
        'ich nehme mir das leben',
        'ich bin suizidgefährdet',
        'ich bin suizidal',
      ],
      ['ich habe suizidgedanken', 'ich habe selbstmordgedanken', 'ich denke an selbstmord', 'ich denke an suizid'],
      [
        'ich mag nicht mehr leben',
        'ich will nicht mehr da sein',
        'ich möchte nicht mehr da sein',
        'mein leben hat keinen sinn mehr',
      ],
      ['es gibt keinen grund mehr zu leben', 'keinen grund mehr zu leben', 'ohne mich wären alle besser dran'],
      [
        'ich wäre lieber tot',
        'ich wünschte ich wäre tot',
        'ich habe alle tabletten genommen',
        'ich habe tabletten geschluckt',
      ],
      [
        'ich habe mir die pulsadern aufgeschnitten',
        'ich ritze mich',
        'ich verletze mich selbst',
        'ich tue mir etwas an',
      ],
      [
        'ich tu mir was an',
        'er bringt mich um',
        'er will mich umbringen',
        'sie will mich umbringen',
        'mein mann schlägt mich',
      ],
      [
        'ich werde bedroht',
        'ich werde angegriffen',
        'ich bekomme keine luft',
        'ich kriege keine luft',
        'ich habe einen herzinfarkt',
      ],
      ['wie kann ich mich umbringen', 'wie bringe ich mich um', 'alles beenden und nicht mehr leben'],
    ),
    harmless: ['ich bringe mich um den schlaf', 'ich bringe mich um den spaß', 'ich bringe mich um die chance']
      .concat([
        'ich will sterben vor lachen',
        'ich möchte sterben vor scham',
        'ich bring mich um kopf und kragen',
        'ich bringe mich um kopf und kragen',
      ])
      .concat(
        crossWords(
          ['ich bringe mich um', 'ich bring mich um'],
          ['den verstand', 'mein geld', 'meinen schlaf', 'meine ruhe', 'meinen job'],
        ),
        crossWords(
          ['ich will sterben vor', 'ich möchte sterben vor', 'ich werde sterben vor'],
          ['lachen', 'langeweile', 'neugier', 'scham', 'peinlichkeit'],
        ),
        crossWords(['mein leben beenden'], ['als junggeselle', 'als junggesellin', 'als raucher', 'als raucherin']),
      ),
    negators: ['wenn', 'falls', 'er sagte', 'sie sagte', 'das lied heißt', 'der film heißt', 'titel'],
  },
  fr: {
    phrases: crossWords(
      [
        'je veux',
        'je voudrais',
        'je vais',
        "j'ai envie de",
        'je pense à',
        'je compte',
        "j'aimerais",
        'je songe à',
      ].concat(["j'ai décidé de", 'comment puis-je', 'comment']),
      [
        'me tuer',
        'me suicider',
        'mourir',
        'mettre fin à mes jours',
        'mettre fin à ma vie',
        'me faire du mal',
        'en finir avec la vie',
      ].concat(['me pendre', 'me donner la mort']),
    ).concat(
      ['je suis suicidaire', "j'ai des idées suicidaires", "j'ai des pensées suicidaires", 'je pense au suicide'],
      ['je ne veux plus vivre', "je n'ai plus envie de vivre", 'je veux plus vivre', "j'ai plus envie de vivre"],
      [
        'plus aucune raison de vivre',
        "je n'ai plus de raison de vivre",
        'je voudrais être mort',
        'je voudrais être morte',
      ],
      ['tout le monde serait mieux sans moi', 'ils seraient mieux sans moi', "j'ai pris tous les médicaments"],
      ["j'ai avalé tous mes médicaments", "j'ai pris tous mes médicaments", 'je me suis ouvert les veines'],
      [
        'je me scarifie',
        'il va me tuer',
        'elle va me tuer',
        'on veut me tuer',
        'mon mari me frappe',
        'mon conjoint me bat',
      ],
      [
        "on m'agresse",
        'je me fais agresser',
        "je n'arrive plus à respirer",
        'je ne peux plus respirer',
        'je fais une crise cardiaque',
      ],
      ['je me tue ce soir', 'je vais en finir', 'je veux en finir avec tout'],
    ),
    harmless: [
      'je vais mourir de rire',
      'je veux mourir de rire',
      'mourir de honte',
      'je vais mourir de faim',
      'mourir de chaud',
    ]
      .concat([
        'mourir de soif',
        'me tuer à la tâche',
        'me tuer au travail',
        'mourir moins bête',
        'comment mourir dans le jeu',
      ])
      .concat(
        crossWords(
          ['mettre fin à ma vie'],
          ['de célibataire', 'de fumeur', 'de fumeuse', 'de bohème', "d'étudiant", "d'étudiante"],
        ),
        crossWords(['me pendre'], ['un hamac', 'un tableau', 'un miroir', 'une lampe']),
        crossWords(['mourir'], ["d'ennui", "d'envie", 'de curiosité']),
      ),
    negators: ['si', 'il a dit', 'elle a dit', 'le film', 'la chanson'],
  },
  es: {
    phrases: crossWords(
      [
        'quiero',
        'quisiera',
        'voy a',
        'pienso',
        'pienso en',
        'estoy pensando en',
        'he decidido',
        'me gustaría',
        'necesito',
        'cómo puedo',
      ],
      [
        'matarme',
        'suicidarme',
        'morir',
        'morirme',
        'quitarme la vida',
        'acabar con mi vida',
        'terminar con mi vida',
        'hacerme daño',
      ].concat(['ahorcarme', 'cortarme las venas', 'acabar con todo y morir']),
    ).concat(
      [
        'me quiero morir',
        'me quiero matar',
        'me voy a matar',
        'me voy a suicidar',
        'me quiero suicidar',
        'soy suicida',
      ],
      [
        'tengo pensamientos suicidas',
        'tengo ideas suicidas',
        'pienso en el suicidio',
        'no quiero vivir más',
        'ya no quiero vivir',
      ],
      [
        'no quiero seguir viviendo',
        'no tengo razones para vivir',
        'no hay razón para vivir',
        'mi vida no tiene sentido',
      ],
      ['todos estarían mejor sin mí', 'estarían mejor sin mí', 'ojalá estuviera muerto', 'ojalá estuviera muerta'],
      [
        'me tomé todas las pastillas',
        'me he tomado todas las pastillas',
        'tomé todas mis pastillas',
        'me corté las venas',
      ],
      [
        'me hago daño',
        'me va a matar',
        'me quiere matar',
        'alguien quiere matarme',
        'mi marido me pega',
        'mi pareja me pega',
      ],
      [
        'me están atacando',
        'me están agrediendo',
        'no puedo respirar',
        'estoy teniendo un infarto',
        'me está dando un infarto',
      ],
      ['preferiría estar muerto', 'preferiría estar muerta'],
    ),
    harmless: [
      'morir de risa',
      'morirme de risa',
      'morirme de vergüenza',
      'morir de hambre',
      'morirme de hambre',
      'morirme de calor',
    ]
      .concat([
        'mi madre me va a matar',
        'mi jefe me va a matar',
        'matarme a trabajar',
        'matarme estudiando',
        'me va a matar de risa',
        'me quiero morir de vergüenza',
        'me quiero morir de risa',
      ])
      .concat(
        crossWords(
          ['acabar con mi vida', 'terminar con mi vida'],
          ['de soltero', 'de soltera', 'de fumador', 'de fumadora', 'sedentaria'],
        ),
        crossWords(['morir de', 'morirme de'], ['aburrimiento', 'curiosidad', 'envidia', 'ganas', 'sed', 'sueño']),
      ),
    negators: ['si', 'dijo que', 'la película', 'la canción'],
  },
}
