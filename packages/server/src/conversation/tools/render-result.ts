import type { ToolResult } from './define-tool.ts'

/** About 4,000 tokens: more would push the conversation itself out of a small model's window. */
export const maxResultBytes = 16 * 1024

/** What the model reads. The tool's own field named `ok` cannot overrule ours. */
export function renderResult(result: ToolResult): string {
  return JSON.stringify(result.ok ? { ...result.fields, ok: true } : { ok: false, error: result.error })
}

/** Undefined where it is no longer than a model may get; else why it is not passed on, for the operator. */
export function refuseLength(rendered: string): string | undefined {
  const bytes = Buffer.byteLength(rendered, 'utf8')
  return bytes <= maxResultBytes ? undefined : `${bytes} bytes, expected at most ${maxResultBytes}`
}
