/** Words that stand in any sentence, folded as the engine reads them: of what is meant they say next to nothing. */
const written = `
a an the this that these those i you he she it we they me him her us them my your his its our their mine yours who whom which what
when where why how is am are was were be been being do does did done have has had having can could will would shall should may might
must not no nor and or but if then than so as at by for from in into of off on onto out over to under up with without about after
again all also any because before both down during each few here just like more most much only other own same some such there
through too very s t m re ve ll d let get got go going goes come want need please sorry thank thanks yes well okay now today tell
say said know think make look see one two three sure fine sounds mean try always never still even yet
der die das den dem des ein eine einen einem einer eines ich du er sie es wir ihr mich dich sich uns euch mir dir ihm ihnen mein dein
sein unser ihre ihrem ihren wer was wann wo warum wie ist bin bist sind seid war waren sein haben habe hat hatte kann konnen konnte
wird werden wurde soll sollte sollten muss mussen darf nicht kein keine und oder aber wenn dann als so auf aus bei bis durch fur gegen
in mit nach ohne um unter vom von vor zu zum zur uber auch nur noch schon sehr mehr immer hier da dort bitte danke ja nein man
le la les l un une des du de d je tu il elle on nous vous ils elles me te se moi toi lui leur mon ma mes ton ta tes son sa ses notre
votre vos qui que qu quoi quand ou pourquoi comment est suis es sommes etes sont etait avoir ai as a avons avez ont peux peut pouvez
pouvoir veux veut voulez dois doit devez ne pas ni et mais si alors comme a au aux avec chez dans en par pour sans sous sur vers plus
tres aussi ici merci oui non c j n s y
el la los las un una unos unas lo al del de yo tu el ella ello nosotros ustedes ellos ellas me te se nos les le mi tu su sus mis tus
quien que cuando donde por porque como es soy eres somos son era fue ser estar estoy esta estan he has ha hemos han haber puede puedo
pueden poder quiero quiere debe deben no ni y o pero si entonces con en para sin sobre entre hasta mas muy tambien aqui gracias usted`

export const functionWords: ReadonlySet<string> = new Set(written.split(/\s+/).filter((word) => word !== ''))
