import { type ParseResult, parsePolicy } from '@hyponema/policy'

/** A policy document from YAML or JSON text, or what is wrong with it by line and column. */
export function readText(text: string): ParseResult {
  return parsePolicy(text)
}
