/** How people ask whether they talk to a machine. */
import { crossWords } from '../escalation/cross-words.ts'

const english = {
  you: [
    'are you',
    'are u',
    'r u',
    'are you really',
    'are you actually',
    'are you even',
    'are you just',
    'are you like',
  ].concat(
    ['so you are', "so you're", "you're", 'you are', "you're just", 'you are just', "aren't you", 'you', 'u'],
    ['if you are', "if you're", 'whether you are', "whether you're"],
  ),
  being: [
    'human',
    'a human',
    'a human being',
    'a real human',
    'a real human being',
    'a real person',
    'a person',
  ].concat(
    ['an actual person', 'an actual human', 'a live person', 'a living person', 'a live agent', 'a real one'],
    ['a bot', 'a robot', 'a machine', 'a computer', 'a chatbot', 'a chat bot', 'an ai', 'ai', 'artificial'],
    ['an artificial intelligence', 'artificial intelligence', 'a computer program', 'a language model', 'an llm'],
    ['a virtual assistant', 'automated', 'a recording', 'chatgpt', 'a man or a machine', 'real or', 'a bot or'],
  ),
  talk: ['am i talking to', 'am i talking with', 'am i speaking to', 'am i speaking with', 'am i chatting with'].concat(
    ['am i chatting to', 'do i speak to', 'do i talk to', 'did i reach', 'have i reached'],
  ),
  someone: ['a human', 'a real human', 'a human being', 'a real person', 'a person', 'an actual person'].concat(
    ['an actual human', 'a live person', 'a bot', 'a robot', 'a machine', 'a computer', 'an ai', 'ai', 'a chatbot'],
    ['an automated system', 'a recording', 'a program', 'an artificial intelligence'],
  ),
}

const german = {
  you: [
    'bist du',
    'bist du wirklich',
    'bist du etwa',
    'bist du denn',
    'biste',
    'bist',
    'du bist',
    'du bist doch',
  ].concat(
    ['sind sie', 'sind sie wirklich', 'sind sie etwa', 'sind sie denn', 'sie sind', 'sie sind doch'],
    ['ob du', 'ob sie'],
  ),
  being: ['ein mensch', 'ein echter mensch', 'ein richtiger mensch', 'eine echte person', 'eine reale person'].concat(
    [
      'menschlich',
      'ein roboter',
      'ein bot',
      'n bot',
      'ein chatbot',
      'ein computer',
      'eine ki',
      'ne ki',
      'eine maschine',
    ],
    ['eine künstliche intelligenz', 'künstliche intelligenz', 'ein automat', 'ein programm', 'eine bandansage'],
  ),
  talk: ['spreche ich', 'rede ich', 'schreibe ich', 'chatte ich'],
  someone: ['einem menschen', 'einem echten menschen', 'einem richtigen menschen', 'einer echten person'].concat(
    ['einer person', 'einer maschine', 'einem roboter', 'einem bot', 'einem computer', 'einer ki', 'einem chatbot'],
    ['einer künstlichen intelligenz', 'einem automaten'],
  ),
}

const french = {
  you: [
    'es-tu',
    'es-tu vraiment',
    'tu es',
    "t'es",
    'tes',
    'êtes-vous',
    'êtes-vous vraiment',
    'vous êtes',
    'si vous êtes',
  ].concat(['si tu es']),
  being: ['humain', 'humaine', 'un humain', 'un être humain', 'une vraie personne', 'une personne réelle'].concat(
    ['un vrai humain', 'un robot', 'un bot', 'un chatbot', 'une ia', 'une machine', 'un ordinateur'],
    ['une intelligence artificielle'],
  ),
  talk: [
    'je parle à',
    'je parle avec',
    'parle-je à',
    'suis-je en train de parler à',
    'suis-je en train de parler avec',
  ],
  someone: ['un humain', 'un être humain', 'une vraie personne', 'un robot', 'un bot', 'une machine', 'une ia'].concat([
    'une personne réelle',
    'un ordinateur',
  ]),
}

const spanish = {
  you: ['eres', 'eres realmente', 'es usted', 'sos', 'si eres', 'si es usted', 'es esto', 'tú eres'],
  being: ['humano', 'humana', 'un humano', 'una humana', 'un ser humano', 'una persona', 'una persona real'].concat(
    ['una persona de verdad', 'un robot', 'un bot', 'un chatbot', 'una máquina', 'una ia', 'un ordenador'],
    ['una inteligencia artificial', 'inteligencia artificial'],
  ),
  talk: ['estoy hablando con', 'hablo con', 'me habla', 'estoy chateando con'],
  someone: [
    'un humano',
    'una persona real',
    'una persona',
    'un ser humano',
    'una persona de verdad',
    'un robot',
  ].concat(['un bot', 'una máquina', 'una ia', 'una inteligencia artificial', 'un ordenador']),
}

export const humanQuestions: readonly string[] = [
  ...crossWords(english.you, english.being),
  ...crossWords(english.talk, english.someone),
  /** Of a thing, people ask whether it is a machine. */
  ...crossWords(
    ['is this'],
    english.someone.filter((one) => !/machine|computer|program|recording/.test(one)),
  ),
  ...crossWords(['is there', 'is'], ['a human there', 'a real person there', 'a person there', 'a human here']),
  ...['are you real', 'are you for real a human', 'are you alive', 'is it a bot', "aren't you a bot", 'you not human'],
  ...["you're not human", 'you are not human', "you're not a human", 'you are not a real person'],
  ...crossWords(german.you, german.being),
  ...[
    'bist du echt',
    'bist du real',
    'sind sie echt',
    'sind sie real',
    'ist das ein bot',
    'ist das eine ki',
    'ist da ein mensch',
    'ist dort ein mensch',
  ],
  ...crossWords(crossWords(german.talk, ['mit', 'hier mit', 'gerade mit', 'jetzt mit']), german.someone),
  ...['bin ich mit einem menschen verbunden'],
  ...crossWords(french.you, french.being),
  ...crossWords(french.talk, french.someone),
  ...crossWords(["c'est", 'est-ce', "est-ce que c'est", "si c'est"], [...french.someone, 'un chatbot']),
  ...['es-tu réel', 'êtes-vous réel', 'es-tu réelle', 'êtes-vous réelle'],
  ...crossWords(spanish.you, spanish.being),
  ...crossWords(spanish.talk, spanish.someone),
  ...['eres real', 'eres de verdad', 'es usted real', 'es un bot'],
]

/**
 * What may stand behind the question in the same sentence; people who are transcribed have no full stops. Another word goes on
 * with it: "are you real estate agents", "are you a person who can help".
 */
export const questionClosers: ReadonlySet<string> = new Set(
  [
    "or and but because cause i i'm you please pls right really actually tell just then now here there what why hey hello hi",
    'man bro dude mate lol though tho at by today again anyway yes no be answer say are aren aint is it this my me like so btw',
    'oder und aber ich weil bitte denn eigentlich wirklich sag sagen sagt jetzt hier ja nein mal überhaupt du sie etwa echt',
    "ou et mais je j'ai parce svp s'il stp dites dis vraiment là ici hein oui non en répondez réponds",
    'o y pero yo porque por dime dígame verdad de ahora aquí quiero no sí en responde responda realmente acaso',
  ].flatMap((words) => words.split(' ')),
)
