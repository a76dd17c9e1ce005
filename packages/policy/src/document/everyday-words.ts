/**
 * Words that stand in almost every talk, by language. A phrase that is nothing but one of them stops everything; the lint says so.
 * Hand-picked from the heads of the usual frequency lists; letters are as `foldForRecord` prints them.
 */
const words = {
  en: 'the be to of and a in that have i it for not on with he as you do at this but his by from they we say her she or an will my one all would there their what so up out if about who get which go me when make can like time no just him know take people into year your good some could them see other than then now look only come its over think also back after use two how our work first well way even new want because any these give day most us is are was were has had did been yes please thank thanks hello hi okay ok sorry',
  de: 'der die und in den von zu das mit sich des auf fur ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem uber einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde sei ich wir ihr du ja nein bitte danke hallo gut was wer wo wann kann mir mich dir dich uns euch mein dein kein wenn dann schon hier da gibt',
  fr: 'de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec ou mais comme on nous vous je tu elle ils elles son sa ses mon ma mes ton ta tes leur tout bien aussi oui non merci bonjour fait etre avoir peut si sans deux meme dit faire quand moi toi lui y',
  es: 'de la que el en y a los se del las un por con no una su para es al lo como mas o pero sus le ha me si sin sobre este ya entre cuando todo esta ser son dos tambien fue habia era muy hasta desde mi porque que yo tu usted nosotros gracias hola por favor bien hay',
} as const

const common: ReadonlySet<string> = new Set(Object.values(words).flatMap((list) => list.split(' ')))

/** Whether a folded phrase is one word, and one that everybody says. */
export function isEverydayWord(folded: string): boolean {
  return common.has(folded)
}
