import { z } from 'zod'

const messageSchema = z.looseObject({ id: z.union([z.string(), z.number()]).optional(), method: z.string().optional() })

/** What is about to be sent: its id where it waits for an answer, and its method. */
export type Outgoing = { readonly id: string | number | undefined; readonly method: string | undefined }

/** Reads the body that the MCP library made of one message. */
export function readOutgoing(body: string): Outgoing {
  const { id, method } = messageSchema.parse(JSON.parse(body))
  return { id, method }
}
