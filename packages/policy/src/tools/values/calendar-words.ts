/** Names of days and months in en, de, fr and es, without accents. */

function numbered(lists: readonly string[], first: number): ReadonlyMap<string, number> {
  return new Map(lists.flatMap((list) => list.split(' ').map((word, place) => [word, place + first] as const)))
}

/** Sunday is 0. */
export const weekdayNames = numbered(
  [
    'sunday monday tuesday wednesday thursday friday saturday',
    'sonntag montag dienstag mittwoch donnerstag freitag samstag',
    'dimanche lundi mardi mercredi jeudi vendredi samedi',
    'domingo lunes martes miercoles jueves viernes sabado',
    'sonntags montags dienstags mittwochs donnerstags freitags sonnabend',
  ],
  0,
)

export const monthNames = numbered(
  [
    'january february march april may june july august september october november december',
    'januar februar marz april mai juni juli august september oktober november dezember',
    'janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre',
    'enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre',
    'jan feb mar apr may jun jul aug sep oct nov dec',
    'janner feb mrz apr mai jun jul aug sept okt nov dez',
  ],
  1,
)

/** Days from today. */
export const nearDays: ReadonlyMap<string, number> = new Map([
  ['today', 0],
  ['tonight', 0],
  ['heute', 0],
  ['aujourd', 0],
  ['hoy', 0],
  ['tomorrow', 1],
  ['morgen', 1],
  ['demain', 1],
  ['manana', 1],
  ['ubermorgen', 2],
])

export const nextWords: ReadonlySet<string> = new Set(
  'next coming following nachste nachsten nachster nachstes kommende kommenden prochain prochaine proximo proxima'.split(
    ' ',
  ),
)
export const dayWords: ReadonlySet<string> = new Set('day days tag tage tagen jour jours dia dias'.split(' '))
export const weekWords: ReadonlySet<string> = new Set(
  'week weeks woche wochen semaine semaines semana semanas'.split(' '),
)
export const inWords: ReadonlySet<string> = new Set('in dans en dentro'.split(' '))

const englishOrdinals =
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth'
const germanOrdinals =
  'erst zweit dritt viert funft sechst siebt acht neunt zehnt elft zwolft dreizehnt vierzehnt funfzehnt sechzehnt siebzehnt achtzehnt neunzehnt zwanzigst einundzwanzigst zweiundzwanzigst dreiundzwanzigst vierundzwanzigst funfundzwanzigst sechsundzwanzigst siebenundzwanzigst achtundzwanzigst neunundzwanzigst dreissigst einunddreissigst'
export const ordinalWords: ReadonlyMap<string, number> = new Map([
  ...englishOrdinals.split(' ').map((word, place) => [word, place + 1] as const),
  ['thirtieth', 30] as const,
  ...germanOrdinals
    .split(' ')
    .flatMap((word, place) => ['en', 'er', 'e'].map((ending) => [word + ending, place + 1] as const)),
  ['premier', 1] as const,
  ['primero', 1] as const,
])
