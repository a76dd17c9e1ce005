import { type OperatorFrame, operatorFrameSchema } from '@hyponema/contract'

const decoder = new TextDecoder('utf-8', { fatal: true })

/** What an operator's page says; undefined for what is no frame of this protocol, or no text that a database can hold. */
export function readOperatorFrame(untrusted: Uint8Array): OperatorFrame | undefined {
  try {
    const parsed = operatorFrameSchema.safeParse(JSON.parse(decoder.decode(untrusted)))
    return parsed.success && isText(parsed.data) ? parsed.data : undefined
  } catch {
    // Neither UTF-8 nor JSON.
    return undefined
  }
}

function isText(frame: OperatorFrame): boolean {
  return frame.type !== 'say' || (frame.text.isWellFormed() && !frame.text.includes('\0'))
}
