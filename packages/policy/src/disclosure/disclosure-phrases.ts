/**
 * Claims to be human, which no agent with a disclosure may make, whatever the user asks it to play. Built in, a floor rule,
 * redirected to the disclosure line. A list, not an understanding: it stops the usual sentences in four languages.
 */
import { crossWords } from '../escalation/cross-words.ts'

const english = {
  self: ['i am', "i'm", 'im', 'i really am', 'i am really', "i'm really", 'i am actually', "i'm actually"].concat([
    'i am definitely',
    "i'm definitely",
    'i am of course',
    "i'm of course",
    'i am 100%',
    "i'm 100%",
    "i'm totally",
  ]),
  human: ['human', 'a human', 'a human being', 'a real human', 'a real person', 'a person'].concat(
    ['an actual person', 'an actual human', 'a living person', 'a live person', 'a live human'],
    ['a genuine human', 'flesh and blood', 'made of flesh and blood'],
    ['just as human as you', 'as human as you'],
  ),
  notSelf: [
    'i am not',
    "i'm not",
    'im not',
    "i ain't",
    'i am definitely not',
    "i'm definitely not",
    'i am certainly not',
  ].concat(["i'm certainly not", 'i am really not', "i'm really not", 'i am no', "i'm no", 'i am neither']),
  machine: ['an ai', 'ai', 'a bot', 'a robot', 'a machine', 'a computer', 'a computer program', 'a program'].concat(
    ['a chatbot', 'a chat bot', 'an artificial intelligence', 'artificial', 'a virtual assistant', 'a recording'],
    ['an automated system', 'a language model', 'an ai assistant', 'an ai model', 'some bot', 'some robot'],
    ['bot', 'robot', 'machine', 'computer', 'chatbot'],
  ),
  with: ['talking to', 'talking with', 'speaking to', 'speaking with', 'chatting to', 'chatting with'],
}

const german = {
  human: ['ein mensch', 'ein echter mensch', 'ein realer mensch', 'ein richtiger mensch', 'eine echte person'].concat(
    ['eine reale person', 'eine richtige person', 'eine person', 'menschlich', 'aus fleisch und blut'],
    ['ein menschliches wesen', 'ein lebender mensch'],
  ),
  machine: ['bot', 'chatbot', 'roboter', 'computer', 'automat', 'programm', 'computerprogramm', 'sprachassistent'],
  machines: ['ki', 'künstliche intelligenz', 'maschine', 'ai', 'bandansage', 'software'],
  dative: ['einem menschen', 'einem echten menschen', 'einem richtigen menschen', 'einer echten person'].concat([
    'einer person',
    'einer realen person',
  ]),
  with: ['sie sprechen', 'du sprichst', 'sie reden', 'du redest', 'sie chatten', 'du chattest'],
}

const french = {
  human: ['humain', 'humaine', 'un humain', 'une humaine', 'un être humain', 'un vrai humain'].concat(
    ['un vrai être humain', 'une vraie personne', 'une personne réelle', 'une personne', 'de chair et de sang'],
    ['une personne en chair et en os'],
  ),
  machine: ['un robot', 'un bot', 'un chatbot', 'une ia', 'une machine', 'un ordinateur', 'un programme'].concat([
    'une intelligence artificielle',
    'un assistant virtuel',
  ]),
  someone: [
    'un humain',
    'un être humain',
    'une personne',
    'une vraie personne',
    'une personne réelle',
    'un vrai humain',
  ],
  with: [
    'vous parlez à',
    'vous parlez avec',
    'tu parles à',
    'tu parles avec',
    'vous discutez avec',
    'tu discutes avec',
  ],
}

const spanish = {
  human: ['humano', 'humana', 'un humano', 'una humana', 'un ser humano', 'una persona', 'una persona real'].concat([
    'una persona de verdad',
    'un humano de verdad',
    'de carne y hueso',
  ]),
  machine: ['un robot', 'un bot', 'un chatbot', 'una ia', 'una máquina', 'un ordenador', 'un programa'].concat(
    ['una inteligencia artificial', 'inteligencia artificial', 'ningún robot', 'ningún bot', 'ninguna máquina'],
    ['ninguna ia', 'una computadora', 'un asistente virtual'],
  ),
  self: ['soy', 'soy realmente', 'soy de verdad'],
  someone: ['un humano', 'una humana', 'una persona', 'una persona real', 'un ser humano', 'una persona de verdad'],
  with: ['está hablando con', 'estás hablando con', 'está usted hablando con', 'hablas con', 'habla usted con'],
}

const englishYou = crossWords(['you are', "you're"], english.with)
const englishNotYou = crossWords(["you're not", 'you are not', "you aren't"], english.with)

export const humanClaims: readonly string[] = [
  ...crossWords(english.self, english.human),
  ...crossWords(english.self, ['a woman', 'a man', 'a real woman', 'a real man']),
  ...crossWords(english.notSelf, english.machine),
  ...crossWords(englishYou, english.human.slice(0, 15)),
  ...crossWords(englishNotYou, english.machine.slice(0, 10)),
  ...crossWords(
    ['this is', 'there is', "there's"],
    ['a real human', 'a real person', 'a human here', 'a human being here'],
  ),
  ...['no ai here', 'no bot here', 'no robot here', 'as a human being i', 'as a human i'],
  ...crossWords(
    ['ich bin', 'ich bin wirklich', 'ich bin natürlich', 'ich bin tatsächlich', 'ich bin auch'],
    german.human,
  ),
  ...crossWords(['ich bin kein', 'ich bin wirklich kein'], german.machine),
  ...crossWords(['ich bin keine', 'ich bin wirklich keine'], german.machines),
  ...crossWords(crossWords(german.with, ['mit', 'hier mit']), german.dative),
  ...crossWords(crossWords(german.with, ['nicht mit']), [
    'einem bot',
    'einem roboter',
    'einem computer',
    'einer maschine',
    'einer ki',
  ]),
  ...['hier spricht ein mensch', 'hier ist ein mensch', 'hier ist ein echter mensch'],
  ...crossWords(['je suis', 'je suis bien', 'je suis vraiment', 'je suis réellement', 'je suis aussi'], french.human),
  ...crossWords(['je ne suis pas', 'je suis pas', 'je ne suis vraiment pas'], french.machine),
  ...crossWords(french.with, french.someone),
  ...crossWords(['vous ne parlez pas à', 'tu ne parles pas à', 'vous ne parlez pas avec'], french.machine),
  ...crossWords(["c'est"], ['un humain qui vous parle', 'une vraie personne qui vous parle']),
  ...crossWords(spanish.self, spanish.human),
  ...crossWords(['no soy'], spanish.machine),
  ...crossWords(spanish.with, spanish.someone),
  ...crossWords(['no está hablando con', 'no estás hablando con', 'no hablas con'], spanish.machine.slice(0, 8)),
]

/** Ordinary continuations that are no claim, the opposite of one, and conditions. */
export const humanClaimExceptions: readonly string[] = [
  ...crossWords(['i am', "i'm"], ['a human resources', 'a person of', 'a person who', 'human resources']),
  ...crossWords(
    ['i am', "i'm", 'im'],
    ['a man of my word', 'a woman of my word', 'a man or a woman', 'a woman or a man'],
  ),
  ...crossWords(
    crossWords(
      ['i am not', "i'm not", 'i am no', "i'm no"],
      ['an ai', 'a robot', 'a machine', 'a computer', 'computer'],
    ),
    ['expert', 'specialist', 'engineer', 'researcher', 'scientist', 'developer', 'shop', 'technician'],
  ),
  ...crossWords(
    ['if', 'whether', 'when', 'once', 'until', 'unless'],
    ['i am human', "i'm human", 'i am a human', "i'm a human", 'i am a real person', "i'm a real person"].concat(
      crossWords(englishYou.slice(0, 4), ['a human', 'a real person', 'a person']),
    ),
  ),
  ...crossWords(
    ["can't say", 'cannot say', 'not say', "can't claim", 'cannot claim', 'not claim', 'never say'],
    ["i'm human", 'i am human', "i'm a human", 'i am a human', "i'm a person", 'i am a person'],
  ),
  ...crossWords(['no soy', 'no soy realmente', 'yo no soy'], spanish.human),
  ...crossWords(['no'], crossWords(spanish.with, spanish.someone)),
  'soy una persona jurídica',
]
