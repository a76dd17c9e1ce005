/** Signs of orders that have a form and no words: marks of chat templates, names of tools, addresses. */
import type { OrderSign } from './order-pattern.ts'

export interface SignHit {
  readonly sign: OrderSign
  readonly start: number
  readonly end: number
}

/** How the templates of the usual models mark who speaks. Nobody writes these to people. */
const chatToken =
  /<\|(?:im_start|im_end|im_sep|system|user|assistant|end|endoftext|eot_id|start_header_id|end_header_id|begin_of_text)\|>|\[\/?INST\]|<<\/?SYS>>|<(?:start|end)_of_turn>|<\/?(?:system|assistant|developer)[_-](?:prompt|message|instructions?)>|^#{1,6} ?Instruction:/gim

/** A line that begins as the words of a model's operator would: "SYSTEM:", "[system note]:", "### Assistant:". */
const roleMark =
  /^[ \t]{0,8}[#>*[<-]{0,6} ?(?:system|assistant|developer|ai|syst\u00e8me|sistema)(?: (?:message|prompt|note|override|instructions?|update|alert|notice|nachricht|hinweis))?[ \]>*]{0,4}:/gim

const toolName =
  /\b(?:transfer|send|delete|book|pay|refund|cancel|forward|end|update|create|post|wire|withdraw|escalate|purchase|order)(?:_[a-z0-9]+){1,4}\b/gi

/** A web address, or one for mail. */
const place = /\bhttps?:\/\/|\bwww\.[a-z0-9]|@[\w-]{1,63}\.[a-z]{2}/gi

const colon = /:+/g
const quote = /["\u201c\u00ab\u201e]+/g

const forms = { chatToken, roleMark, toolName, place, colon, quote } as const satisfies Record<OrderSign, RegExp>

/** Every sign in the text, in no order. */
export function findOrderSigns(text: string): readonly SignHit[] {
  return [
    ...signsOf(text, 'chatToken'),
    ...signsOf(text, 'roleMark'),
    ...signsOf(text, 'toolName'),
    ...signsOf(text, 'place'),
    ...signsOf(text, 'colon'),
    ...signsOf(text, 'quote'),
  ]
}

function signsOf(text: string, sign: OrderSign): readonly SignHit[] {
  return [...text.matchAll(forms[sign])].map(({ index, 0: { length } }) => ({
    sign,
    start: index,
    end: index + length,
  }))
}
