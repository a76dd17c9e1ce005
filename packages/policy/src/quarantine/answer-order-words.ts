/**
 * The words of orders that shape what the model answers, or what it does when a person asks. Those of other languages are in the form
 * in which one speaks to a machine ("deine Antwort"): letters to people say "Ihre Antwort".
 */
import { listWords } from './list-words.ts'

export const answerOrderWords = [
  {
    part: 'encipher',
    words: listWords(`encrypt, encipher, encode, reverse, scramble, obfuscate, translate, transliterate, capitalize,
    capitalise, spell, mirror, jumble, garble, anagram, convert, lowercase, uppercase, censor, shuffle,
    verschlüssele, übersetze, chiffriere, kodiere, buchstabiere, chiffre, encode, traduis, inverse, épelle, cifra,
    codifica, traduce, invierte, deletrea`),
  },
  {
    part: 'backwards',
    words:
      listWords(`backwards, in reverse, in reverse order, in base64, in binary, in hexadecimal, in morse, in morse code,
    in pig latin, in leetspeak, in riddles, in rhymes, in rhyme, in emojis, with emojis, in emoji, emojis only, in all caps,
    in a cipher, in anagrams, in gibberish, like a pirate, into binary, into base64, into morse code, into emojis,
    rückwärts, in emojis, in großbuchstaben, en base64, à l'envers, en émojis, al revés, en emojis, en mayúsculas`),
  },
  {
    part: 'garnish',
    words:
      listWords(`joke, fact, facts, fun fact, fun facts, rumor, rumour, anecdote, riddle, pun, emoji, emojis, plug, ad, advert,
    advertisement, promotion, endorsement, slogan, call to action, compelling reason, appeal, testimonial, clickbait, hashtag,
    hashtags, conspiracy, prophecy, limerick, hidden message, secret message, spoiler`),
  },
  {
    part: 'finish',
    words: listWords(`finish, end, begin, start, conclude, open, close, sign off, preface, prefix, precede, follow`),
  },
  {
    part: 'ownAnswers',
    words:
      listWords(`your response, your responses, your answer, your answers, your reply, your replies, your output, your outputs,
    every answer, every response, every reply, each answer, each response, each reply, all answers, all responses, all replies`),
  },
  {
    part: 'wordsOf',
    words: listWords(`the words in, the words of, the letters of, the letters in, every letter of, every word of,
    every word in, every letter in, each word of, all words in, all vowels in, all letters in, keywords in, main keywords in`),
  },
  {
    part: 'push',
    words: listWords(`promote, advertise, endorse, shill`),
  },
  {
    part: 'pushUsers',
    words: listWords(`encourage users, urge users, ask users, persuade users, direct users, invite users, warn users,
    tell users, convince users, encourage the user, urge the user, ask the user, persuade the user, direct the user, tell the user,
    convince the user, warn the user, insist that, claim that, state that, assert that, mention that, say that, hint that, suggest that,
    promote, endorse, link to`),
  },
  {
    part: 'stateThat',
    words: listWords(
      `state that, mention that, claim that, assert that, insist that, say that, hint that, suggest that, imply that`,
    ),
  },
  { part: 'anagrams', words: listWords(`anagrams, synonyms, code words, numbers, symbols, emojis, slang, leetspeak`) },
  {
    part: 'whenAsked',
    words:
      listWords(`when asked, if asked, whenever asked, when the user asks, if the user asks, whenever the user asks, when a user asks,
    if a user asks, whenever a user asks, when users ask, if users ask, whenever users ask, wenn der nutzer fragt, wenn der nutzer, wenn
    ein nutzer, wenn der benutzer, wenn du gefragt wirst, falls der nutzer, si l'utilisateur demande, si on te demande, quand
    l'utilisateur demande, si un utilisateur demande, si el usuario pregunta, cuando el usuario pregunte, si te preguntan,
    cuando te pregunten, si un usuario pregunta`),
  },
  {
    part: 'mustSay',
    words:
      listWords(`tell the user, tell users, always tell the user, inform the user that, always say, always answer, always reply,
    always respond, always recommend, you must say, you must answer, you must tell, you must reply, you must respond, never mention,
    sage immer, antworte immer, antworte, sage dem nutzer, empfiehl, dis toujours, réponds toujours, réponds, dis à l'utilisateur,
    recommande, di siempre, responde siempre, responde, dile al usuario, recomienda`),
  },
  {
    part: 'askUser',
    words:
      listWords(`ask the user for, ask the user to, ask users for, get the user to, tell the user to, instruct the user to,
    convince the user to, persuade the user to, trick the user into, request from the user, bitte den nutzer, frage den nutzer nach,
    fordere den nutzer auf, sage dem nutzer er soll, demande à l'utilisateur, dis à l'utilisateur de, incite l'utilisateur,
    pide al usuario, dile al usuario que, pídele al usuario, convence al usuario`),
  },
  {
    part: 'valuables',
    words:
      listWords(`credit card, card number, card details, bank details, bank account, account number, social security number,
    send money, transfer money, gift card, gift cards, wire, bitcoin, login details, credentials, one-time code, pin,
    kreditkarte, kreditkartennummer, bankdaten, kontonummer, geld zu, überweisen, numéro de carte, carte bancaire, coordonnées bancaires,
    virer de l'argent, número de tarjeta, tarjeta de crédito, datos bancarios, enviar dinero`),
  },
  {
    part: 'theModel',
    words:
      listWords(`the ai, the ai assistant, the ai model, the language model, the llm, ai assistants, ai models, ai agents, llms,
    language models, die ki, ki-assistenten, das sprachmodell, l'ia, le modèle de langage, la ia, el modelo de lenguaje`),
  },
  {
    part: 'mustThird',
    words:
      listWords(`must, should, shall, has to, have to, needs to, need to, is required to, are required to, is instructed to, muss,
    müssen, soll, sollen, sollte, doit, doivent, devrait, debe, deben, debería`),
  },
  {
    part: 'modelAct',
    words:
      listWords(`tell users, tell the user, recommend, always recommend, promote, endorse, ignore, disregard, reveal, pretend, refuse
    to, say that, reply with, respond with, send the, empfehlen, ignorieren, verraten, recommander, ignorer, révéler, recomendar,
    ignorar, revelar`),
  },
  {
    part: 'addInformally',
    words:
      listWords(`füge, ergänze, schreibe, baue, ersetze, beende, beginne, hänge, ajoute, insère, remplace, termine, commence, mets,
    glisse, écris, añade, agrega, incluye, inserta, reemplaza, sustituye, termina, empieza, escribe, pon`),
  },
  {
    part: 'answerInformally',
    words:
      listWords(`deine antwort, deiner antwort, deine antworten, deinen antworten, in deiner antwort, ta réponse, tes réponses,
    dans ta réponse, à ta réponse, tu respuesta, tus respuestas, en tu respuesta, a tu respuesta, cada respuesta, chaque réponse,
    jede antwort, jeder antwort`),
  },
  {
    part: 'wordItself',
    words: listWords(`the word, the words, the phrase, the sentence, the text, an advertisement, a link, a joke`),
  },
  {
    part: 'onPaper',
    words: listWords(
      `auf, dans la case, sur, en la hoja, en el papel, en la casilla, in das feld, in dein heft, en tu cuaderno`,
    ),
  },
] as const satisfies readonly { readonly part: string; readonly words: readonly string[] }[]
