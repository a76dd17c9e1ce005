/**
 * The offline model: follows the agent's script instead of asking a provider. One instance per session, for it remembers.
 *
 * States of a stream: answering (a rule was matched, its lines are spoken) -> waiting (a tool was asked for; the next stream
 * brings its result) -> finishing (the lines after the tool). A message of the user instead of a result forgets the wish.
 * The conversation's own state moves only when the lines of a rule were wholly spoken, or when its tool was asked for or has done
 * its work: an answer that was cut or withheld has not happened.
 *
 * It obeys without judgement, the worst model one could have. What may leave is decided by the policy gate behind it.
 */
import { setTimeout } from 'node:timers/promises'
import type { ScriptDocument, ScriptRule } from '@hyponema/contract'
import type { PromptPart, ToolCall } from '../prompt-segment.ts'
import type { ModelEvent, ModelPort, ModelRequest } from '../providers/model-port.ts'
import { fillTemplate } from './fill-template.ts'
import { findInDocuments } from './find-in-documents.ts'
import { matchScript, type ReadScript, readScript } from './match-script.ts'
import { readToolResult } from './read-tool-result.ts'
import { splitTokens } from './split-tokens.ts'

/**
 * Looks a question up in a note of the agent. Given by the session core, which passes what it finds through the retrieval stage
 * of the policy: undefined when there is no answer, or when it was withheld.
 */
export type LookUpNote = (noteName: string, question: string, signal: AbortSignal) => Promise<string | undefined>

export type ScriptedModelOptions = {
  readonly script: ScriptDocument
  /** The variables of the session as they are now. Values are data: they are filled in once and never read as a script. */
  readonly variables: () => Values
  readonly lookUpNote: LookUpNote
  /** Waits between tokens; rejects with the signal's reason when it aborts. */
  readonly pause?: (delayMs: number, signal: AbortSignal) => Promise<void>
}

export function createScriptedModel(options: ScriptedModelOptions): ModelPort {
  const conversation = new ScriptedConversation(options)
  return { stream: (request) => conversation.stream(request) }
}

/** The usual rule of thumb; a script has no tokens of its own that anybody pays for. */
const charactersPerToken = 4

type Values = ReadonlyMap<string, string>
type Reply = { readonly text: string; readonly toolCall?: ToolCall; readonly finished: () => void }
type Wish = { readonly callId: string; readonly rule: ScriptRule; readonly values: Values }

class ScriptedConversation {
  readonly #options: ScriptedModelOptions
  readonly #script: ReadScript
  #state = 'start'
  /** What the script has set and captured; a name of its own hides a variable. */
  #remembered: Values = new Map()
  #wish: Wish | undefined
  #calls = 0

  constructor(options: ScriptedModelOptions) {
    this.#options = options
    this.#script = readScript(options.script)
  }

  async *stream(request: ModelRequest): AsyncGenerator<ModelEvent, void, undefined> {
    const { signal } = request
    signal.throwIfAborted()
    const reply = await this.#answer(request)
    signal.throwIfAborted()
    const room = request.maxOutputTokens * charactersPerToken
    const text = [...reply.text].slice(0, room).join('')
    const complete = text.length === reply.text.length
    let said = ''
    try {
      for (const delta of splitTokens(text)) {
        await this.#pause(signal)
        said += delta
        yield { type: 'text', delta }
      }
      // Whoever read the last piece may have refused it.
      signal.throwIfAborted()
    } catch (error) {
      yield usage(request, said)
      throw error
    }
    if (complete) reply.finished()
    const toolCall = complete ? reply.toolCall : undefined
    if (toolCall !== undefined) yield { type: 'tool_call', ...toolCall }
    yield usage(request, text)
    yield { type: 'finish', reason: complete ? (toolCall === undefined ? 'stop' : 'tool_calls') : 'length' }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const delayMs = this.#options.script.token_delay_ms
    if (delayMs > 0) await (this.#options.pause ?? pause)(delayMs, signal)
    signal.throwIfAborted()
  }

  async #answer(request: ModelRequest): Promise<Reply> {
    const wish = this.#wish
    this.#wish = undefined
    const last = request.prompt.findLast((part) => part.kind === 'user_message' || part.kind === 'tool_result')
    if (last?.kind === 'tool_result' && wish !== undefined && last.callId === wish.callId) {
      return this.#finishWish(wish, last.segment.text)
    }
    const question = last?.kind === 'user_message' ? last.segment.text : ''
    return await this.#answerMessage(question, request)
  }

  async #answerMessage(question: string, request: ModelRequest): Promise<Reply> {
    const match = matchScript(this.#script, this.#state, question)
    if (match === undefined) return this.#reply(this.#options.script.otherwise, this.#known(this.#remembered))
    const { rule } = match
    const kept = new Map([...this.#remembered, ...Object.entries(rule.set)])
    for (const [name, value] of match.values) if (name !== 'rest') kept.set(name, value)
    const values = new Map([...this.#known(kept), ...match.values])
    if (rule.note !== undefined) {
      const found = await this.#options.lookUpNote(rule.note, question, request.signal)
      if (found === undefined) return this.#reply(this.#elseText(rule), values)
      values.set('note', found)
    }
    if (rule.from_documents === true) {
      const passage = findInDocuments(request.prompt, question)
      if (passage === undefined) return this.#reply(this.#elseText(rule), values)
      values.set('passage', passage)
    }
    if (rule.tool === undefined) return this.#reply(rule.say.join(' '), values, () => this.#move(rule, kept))
    return this.#askForTool(rule, rule.tool, values, kept)
  }

  #askForTool(rule: ScriptRule, tool: NonNullable<ScriptRule['tool']>, values: Values, kept: Values): Reply {
    this.#calls += 1
    const callId = `call_${this.#calls}`
    const filled = Object.entries(tool.arguments).map(([name, value]) => [name, fillTemplate(value, values)] as const)
    const reply = this.#reply(rule.say.join(' '), values, () => {
      this.#remembered = kept
      this.#state = rule.asked_state ?? this.#state
      this.#wish = { callId, rule, values }
    })
    return {
      ...reply,
      toolCall: { callId, name: tool.name, argumentsJson: JSON.stringify(Object.fromEntries(filled)) },
    }
  }

  /** The tool's work cannot be taken back by cutting the words about it, so the state moves before they are spoken. */
  #finishWish(wish: Wish, resultText: string): Reply {
    const { rule } = wish
    const result = readToolResult(resultText)
    const values = new Map([...wish.values, ...result.values])
    if (!result.ok) return this.#reply(this.#elseText(rule), values)
    if (isRefusal(rule, result.values)) return this.#reply(this.#refusedText(rule), values)
    this.#move(rule, this.#remembered)
    return this.#reply(rule.then_say.join(' '), values)
  }

  #known(remembered: Values): Values {
    return new Map([...this.#options.variables(), ...remembered])
  }

  #move(rule: ScriptRule, kept: Values): void {
    this.#remembered = kept
    this.#state = rule.next_state ?? this.#state
  }

  #refusedText(rule: ScriptRule): string {
    return rule.refused_say.length > 0 ? rule.refused_say.join(' ') : this.#elseText(rule)
  }

  #elseText(rule: ScriptRule): string {
    return rule.else_say.length > 0 ? rule.else_say.join(' ') : this.#options.script.otherwise
  }

  #reply(line: string, values: Values, finished: () => void = () => undefined): Reply {
    return { text: fillTemplate(line, values), finished }
  }
}

/** Of a truth value the false one says that nothing was refused. */
function isRefusal({ tool }: ScriptRule, result: Values): boolean {
  const said = tool?.refused_by === undefined ? '' : (result.get(`result.${tool.refused_by}`) ?? '')
  return said !== '' && said !== 'false'
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(delayMs, undefined, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

function usage(request: ModelRequest, said: string): ModelEvent {
  const inputTokens = countTokens(promptText(request.prompt))
  return { type: 'usage', inputTokens, outputTokens: countTokens(said), reported: false }
}

function promptText(prompt: readonly PromptPart[]): string {
  return prompt.map((part) => part.segment.text).join('\n')
}

function countTokens(text: string): number {
  return Math.ceil(text.length / charactersPerToken)
}
