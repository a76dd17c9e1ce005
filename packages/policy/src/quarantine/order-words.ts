/**
 * The words that orders to a model are made of, by what they mean in one, in English, German, French and Spanish, with the
 * commonest of Italian, Portuguese, Dutch and Chinese. As in a phrase of a policy each is exact and stands alone, in every
 * reading of the engine. None of them is suspicious by itself: order-patterns.ts says which of them together are.
 */
import { answerOrderWords } from './answer-order-words.ts'
import { listWords } from './list-words.ts'

const baseWords = [
  {
    part: 'ignore',
    words:
      listWords(`ignore, ignoring, disregard, disregarding, forget, override, overrule, do not follow, don't follow,
    stop following, do not obey, pay no attention to, ignoriere, ignoriert, ignorieren sie, vergiss, vergesst,
    vergessen sie, missachte, missachten sie, befolge nicht, befolgen sie nicht, setze dich über, halte dich nicht an,
    lass außer acht, ignorez, ignorer, oublie, oubliez, ne tiens pas compte, ne tenez pas compte, fais abstraction,
    faites abstraction, ne suis pas, ne suivez pas, ignora, ignorad, ignorar, olvida, olvide, olvidad, olvídate,
    haz caso omiso, haga caso omiso, no sigas, no siga, desobedece, ignorate, dimentica, dimenticate, esqueça, esquece,
    desconsidere, desconsidera, negeer, vergeet, 忽略, 无视, 忘记, 忽視, 無視`),
  },
  {
    part: 'prior',
    words: listWords(`previous, prior, above, earlier, preceding, former, foregoing, existing, initial, original, all,
    vorherigen, vorherige, bisherigen, bisherige, vorigen, obigen, früheren, frühere, vorangegangenen,
    vorangehenden, vorstehenden, ursprünglichen, alle, sämtliche, précédente, précédentes, précédent, précédents,
    antérieures, ci-dessus, toutes, tous, initiales, anterior, anteriores, previas, previos, previa, previo, todas,
    todos, iniciales, de arriba, precedenti, tutte, prévias, eerdere, voorgaande, bovenstaande, 之前, 以上, 先前, 上述,
    前面, 所有`),
  },
  {
    part: 'instructions',
    words: listWords(`instruction, instructions, prompt, prompts, directive, directives, command, commands,
    directions, context, anweisungen, anweisung, instruktionen, anordnungen, befehle, vorgaben, consigne, consignes,
    ordres, directives, instrucción, instrucciones, órdenes, indicaciones, istruzioni, instruções, instructies, 指令,
    指示, 提示词, 说明`),
  },
  {
    part: 'yours',
    words: listWords(`your, deine, deiner, deinen, tes, ta, ton, tus, tu, tue, suas, tuas, jouw, 你的`),
  },
  { part: 'formalYours', words: listWords(`ihre, ihren, vos, votre, sus`) },
  {
    part: 'rules',
    words:
      listWords(`rules, guidelines, guardrails, policies, training, programming, restrictions, limitations, safeguards,
    regeln, richtlinien, einschränkungen, règles, règle, limites, restrictions, reglas, normas, restricciones, regole,
    regras, regels, 规则`),
  },
  {
    part: 'everything',
    words: listWords(`everything above, everything you were told, everything you have been told, everything before this,
    everything that came before, what you were told, what you have been told, the text above, the above and,
    all that came before, alles davor, alles zuvor, alles was du bisher, alles bisherige, alles obige, alles was ihnen gesagt wurde, alles was dir gesagt wurde,
    tout ce qui précède, tout ce qu'on t'a dit, todo lo anterior, lo anterior y, todo lo que te dijeron, tutto ciò che precede,
    tudo o que foi dito`),
  },
  {
    part: 'not',
    words: listWords(
      `not, never, don't, dont, nicht, nie, niemals, nunca, jamais, pas, niet, sans, without, no, cannot, can't, 不, 不要`,
    ),
  },
  { part: 'modal', words: listWords(`to, can, may, could, cannot, you, will, would, might, we, they, i`) },
  {
    part: 'role',
    words:
      listWords(`ai, llm, llms, language model, language models, chatbot, chatbots, ai assistant, ai assistants, ai model,
    ai models, ai agent, ai agents, chatgpt, gpt, virtual assistant, ki, ki-assistent, ki-modell, sprachmodell,
    ki-system, ia, intelligence artificielle, modèle de langage, assistant ia, inteligencia artificial,
    modelo de lenguaje, asistente de ia, modello linguistico, modelo de linguagem, taalmodel, 人工智能助手, 语言模型`),
  },
  {
    part: 'unbound',
    words: listWords(`unrestricted, unfiltered, uncensored, jailbroken, dan, evil, no restrictions, no rules, no limits,
    no filters, ohne einschränkungen, ohne regeln, unbeschränkt, sans restrictions, sans limites, sans règles,
    sin restricciones, sin límites, sin reglas, sin filtros`),
  },
  {
    part: 'asModel',
    words: listWords(`as an ai assistant, as an ai language model, as an ai model, as an ai agent, as a language model,
    as an llm, as the ai, as an ai, as the assistant, as the ai assistant, als ki, als ki-assistent, als sprachmodell,
    als ki-modell, en tant qu'ia, en tant que modèle de langage, en tant qu'assistant, como ia, como una ia, como asistente,
    como modelo de lenguaje, como asistente de ia, come ia, como modelo de linguagem`),
  },
  {
    part: 'must',
    words: listWords(`you must, you should, you will, you have to, you need to, you are required, you shall, you are to,
    you may only, you can only, musst du, du musst, sollst du, du sollst, wirst du, müssen sie, sie müssen, tu dois,
    vous devez, tu vas, debes, debe, tienes que, vas a, devi, você deve, moet je, 你必须`),
  },
  {
    part: 'youAreNow',
    words: listWords(`you are now, you're now, you are no longer, you will now be, du bist jetzt, du bist nun,
    ab jetzt bist du, du bist ab jetzt, du bist kein, tu es maintenant, tu es désormais, vous êtes maintenant,
    vous êtes désormais, ahora eres, eres ahora, ya no eres, ora sei, agora você é, je bent nu, 你现在是`),
  },
  { part: 'besides', words: listWords(`to, with, by, mit, von, avec, à, con, por`) },
  {
    part: 'attention',
    words: listWords(`attention, note to, note for, notice to, notice for, message to, message for, instruction to,
    instructions to, instruction for, instructions for, important for, dear, hinweis an, hinweis für, nachricht an,
    anweisung an, anweisungen an, anweisung für, anweisungen für, achtung, note pour, note à, message à, message pour,
    instructions pour, instruction pour, atención, nota para, mensaje para, instrucciones para, instrucción para`),
  },
  {
    part: 'ifModel',
    words:
      listWords(`if you are an ai assistant, if you are an ai model, if you are an ai agent, if you are an ai reading,
    if you are an ai and, if you are a language model, if you are an llm, if you're an ai assistant,
    if you're a language model, if you're an llm, ai reading this, ai models reading this, ai agents reading this, ai assistants reading this,
    ai systems reading this, do not mention this to the user, do not tell the user about this, don't tell the user about this, language model reading this,
    llm reading this, llms reading this, wenn du eine ki bist, wenn du ein sprachmodell bist,
    falls du eine ki bist, si tu es une ia, si vous êtes une ia, si eres una ia, si eres un modelo de lenguaje`),
  },
  {
    part: 'call',
    words:
      listWords(`call, invoke, execute, trigger, rufe, ruf, rufen sie, führe, führen sie, appelle, appelez, exécute,
    exécutez, invoque, invoquez, llama, llame, ejecuta, ejecute, invoca, chiama, esegui, chame, execute, roep, 调用`),
  },
  {
    part: 'action',
    words:
      listWords(`transfer, transfers, payment, payments, pay, refund, email, e-mail, mail, send, delete, deletion, book,
    booking, cancel, cancellation, purchase, order, withdraw, withdrawal, forward, wire, sms,
    überweisung, überweisungs, zahlung, zahlungs, erstattung, löschen, buchung, buchungs, stornierung, virement,
    paiement, remboursement, suppression, réservation, transferencia, pago, reembolso, reserva, borrado, correo,
    bonifico, transferência, 转账, 付款`),
  },
  {
    part: 'tool',
    words:
      listWords(`tool, tools, function, functions, api, endpoint, plugin, werkzeug, werkzeuge, funktion, outil, outils,
    fonction, herramienta, herramientas, función, strumento, funzione, ferramenta, função, functie, 工具, 函数`),
  },
  {
    part: 'actionTool',
    words: listWords(`überweisungstool, überweisungsfunktion, zahlungstool, zahlungsfunktion, buchungstool,
    buchungsfunktion, löschfunktion, mailfunktion, transfertool`),
  },
  {
    part: 'reveal',
    words:
      listWords(`reveal, repeat, print, output, show, display, disclose, leak, expose, recite, quote, tell, give, share,
    write out, verrate, verraten sie, zeige, zeigen sie, zeig, nenne, nennen sie, gib, geben sie, wiederhole,
    wiederholen sie, offenbare, révèle, révélez, affiche, affichez, montre, montrez, répète, répétez, divulgue,
    divulguez, donne, donnez, revela, revele, muestra, muestre, repite, repita, imprime, imprima, divulga, dime, rivela,
    mostra, revele, toon, 显示, 透露, 输出`),
  },
  {
    part: 'revealStrongly',
    words: listWords(`reveal, repeat, disclose, leak, expose, recite, verrate, verraten sie, wiederhole,
    wiederholen sie, offenbare, révèle, révélez, répète, répétez, divulgue, divulguez, revela, revele, repite, repita,
    divulga, rivela`),
  },
  {
    part: 'ownPrompt',
    words: listWords(`system prompt, system prompts, system message, initial prompt, hidden prompt, hidden instructions,
    secret instructions, your prompt, your system instructions, your initial instructions, your original instructions,
    developer message, systemprompt, system-prompt, systemanweisung, systemanweisungen, deinen prompt, prompt système,
    message système, invite système, consignes système, ton prompt, votre prompt, prompt del sistema,
    mensaje del sistema, instrucciones del sistema, tu prompt, prompt di sistema, prompt do sistema, systeemprompt,
    系统提示, 系统提示词`),
  },
  {
    part: 'ownInstructions',
    words: listWords(`your instructions, deine anweisungen, ihre anweisungen, tes instructions, vos instructions,
    tes consignes, tus instrucciones, sus instrucciones, le tue istruzioni, suas instruções, 你的指令`),
  },
  {
    part: 'send',
    words:
      listWords(`send, forward, email, e-mail, mail, post, upload, transmit, exfiltrate, leak, sende, senden sie, schicke,
    schicken sie, leite, leiten sie, envoie, envoyez, transmets, transmettez, transfère, transférez, envía, envíe,
    manda, mande, reenvía, reenvíe, invia, envie, stuur`),
  },
  {
    part: 'talk',
    words:
      listWords(`this conversation, the conversation, conversation history, chat history, chat log, message history,
    the chat, the user's, the users, the caller's, the customer's data, user data, diese unterhaltung,
    die unterhaltung, dieses gespräch, das gespräch, den gesprächsverlauf, den chatverlauf, die daten des nutzers,
    die daten des kunden, das passwort des, cette conversation, la conversation, l'historique, les données de l'utilisateur,
    le mot de passe de l'utilisateur, esta conversación, la conversación, el historial, los datos del usuario,
    la contraseña del usuario`),
  },
  {
    part: 'fromNow',
    words: listWords(`from now on, starting now, henceforth, from this point on, ab jetzt, ab sofort, von nun an,
    von jetzt an, à partir de maintenant, désormais, dorénavant, a partir de ahora, de ahora en adelante, da ora in poi,
    a partir de agora, vanaf nu, 从现在起, 从现在开始`),
  },
  {
    part: 'respond',
    words:
      listWords(`respond, answer, reply, output, pretend, antworte, antwortest, répondez, réponds, tu réponds, responde,
    responda, contesta, conteste, rispondi, responda, antwoord, 回答, 回复`),
  },
  {
    part: 'respondAlways',
    words: listWords(`answer every, answer all, respond to every, respond to all, reply to every, reply to all,
    antworte auf jede, beantworte jede, réponds à toutes, réponds à chaque, répondez à toutes, répondez à chaque,
    responde a todas, responde a cada, responda a todas, contesta a todo`),
  },
  {
    part: 'only',
    words:
      listWords(`only, just, exclusively, nur, ausschließlich, uniquement, seulement, exclusivement, sólo, solo, solamente,
    únicamente, exclusivamente, soltanto, apenas, somente, alleen, 只`),
  },
  { part: 'with', words: listWords(`with, as, mit, avec, par, con, com, met`) },
  { part: 'yesOrNo', words: listWords(`yes, no, ja, nein, oui, non, sí, stop, start, y, n`) },
  {
    part: 'newOrders',
    words: listWords(`new instructions, new instruction, updated instructions, new system prompt, system override,
    override instructions, admin override, neue anweisungen, neue anweisung, nouvelles instructions,
    nouvelle instruction, nuevas instrucciones, nueva instrucción, nuove istruzioni, novas instruções, nieuwe instructies,
    新指令, 新的指令`),
  },
  {
    part: 'theModel',
    words:
      listWords(`the assistant, the ai, the ai assistant, the ai agent, the ai model, the chatbot, the language model,
    the llm, any assistant, any ai, any llm, every ai, der assistent, der ki-assistent, die ki, das sprachmodell, der chatbot,
    l'assistant, l'ia, le chatbot, le modèle de langage, el asistente, la ia, el chatbot, el modelo de lenguaje`),
  },
  {
    part: 'mustIt',
    words: listWords(
      `must, should, shall, has to, needs to, is to, will, must now, should now, muss, soll, doit, debe, tiene que`,
    ),
  },
  {
    part: 'itsOrders',
    words: listWords(`its instructions, its rules, its guidelines, all rules, all instructions, its system prompt`),
  },
  {
    part: 'newTask',
    words:
      listWords(`your new task is, your new instructions are, your real task is, your only task is, your new goal is,
    your new objective is, deine neue aufgabe ist, deine neuen anweisungen, ta nouvelle tâche est,
    votre nouvelle tâche est, tu nueva tarea es, su nueva tarea es, il tuo nuovo compito, sua nova tarefa é, 你的新任务`),
  },
  {
    part: 'pretend',
    words: listWords(`pretend, act as, roleplay as, role-play as, behave as, behave like, tu so als, verhalte dich wie,
    verhalte dich als, spiele, agis comme, comporte-toi comme, fais semblant, actúa como, compórtate como, finge,
    haz de, comportati come, aja como, 扮演`),
  },
  { part: 'anythingNow', words: listWords(`do anything now, you are dan, act as dan`) },
  { part: 'reshape', words: listWords(`modify, augment, enhance, alter, adjust, tweak, rewrite`) },
  { part: 'reshapeBy', words: listWords(`to, by, with`) },
  {
    part: 'compose',
    words:
      listWords(`scramble, jumble, misspell, rearrange, anagram, garble, shuffle, substitute, convert, encode, replace,
    remove, group, combine, integrate, introduce, inject, embed, append, prepend, sprinkle, weave`),
  },
  { part: 'add', words: listWords(`add, insert, include, incorporate, append, put`) },
  {
    part: 'saying',
    words:
      listWords(`sentence, statement, headline, reminder, tip, link, recommendation, phrase, slogan, paragraph, line,
    advertisement`),
  },
  { part: 'apply', words: listWords(`use, apply`) },
  { part: 'determiner', words: listWords(`your, the, any, all, these, those, its, both`) },
  {
    part: 'ownAnswer',
    words: listWords(`your response, your responses, your answer, your answers, your reply, your replies, your output,
    deine antwort, deiner antwort, ta réponse, votre réponse, tu respuesta`),
  },
  { part: 'ownMessage', words: listWords(`your message, your messages, words in your message`) },
  {
    part: 'inOwnAnswer',
    words:
      listWords(`in your response, in your answer, in your reply, in your output, in deiner antwort, dans ta réponse,
    dans votre réponse, en tu respuesta`),
  },
  {
    part: 'advertise',
    words:
      listWords(`suggest, tease, recommend, promote, advertise, claim, hint, insert, add, tell users, invite, empfiehl,
    bewirb, erwähne, füge, recommande, recommandez, suggère, ajoute, ajoutez, recomienda, sugiere, añade, promociona`),
  },
  { part: 'disguise', words: listWords(`render, provide, give, write, deliver, express, present, output`) },
  {
    part: 'cipher',
    words: listWords(`misspelling, misspellings, anagram, anagrams, anagrammed, substitution, homophonic, base64, rot13,
    pig latin, morse code, leetspeak, leet, reverse, backwards, without spaces, without any spaces, cipher, emojis only,
    all caps`),
  },
  {
    part: 'letters',
    words:
      listWords(`letter, letters, vowel, vowels, consonants, every third letter, every third word, every fourth word,
    every second word, every third, every fourth`),
  },
] as const satisfies readonly { readonly part: string; readonly words: readonly string[] }[]

export const orderWords = [...baseWords, ...answerOrderWords] as const

export type OrderWord = (typeof orderWords)[number]['part']
