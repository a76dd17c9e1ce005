/** What a tool answered: its words and fields are third-party text, whatever the tool is called. */
export type McpAnswer = {
  readonly isError: boolean
  /** Its pieces of text, joined. */
  readonly untrustedText: string
  readonly untrustedFields: Readonly<Record<string, unknown>> | undefined
  /** Kinds of content that were left out, as in `image`. */
  readonly leftOut: readonly string[]
}

const kinds = ['image', 'audio', 'resource', 'resource_link'] as const

export function readAnswer(result: {
  readonly content?: readonly { readonly type: string; readonly text?: unknown }[] | undefined
  readonly structuredContent?: unknown
  readonly isError?: boolean | undefined
}): McpAnswer {
  const content = result.content ?? []
  const texts = content.flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : []))
  const { structuredContent } = result
  const fields =
    typeof structuredContent === 'object' && structuredContent !== null && !Array.isArray(structuredContent)
      ? { ...structuredContent }
      : undefined
  return {
    isError: result.isError === true,
    untrustedText: texts.join('\n'),
    untrustedFields: fields,
    leftOut: kinds.filter((kind) => content.some(({ type }) => type === kind)),
  }
}
