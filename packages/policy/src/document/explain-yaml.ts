import type { YAMLParseError, YAMLWarning } from 'yaml'
import type { Explanation } from './explain-issue.ts'

const oneText = 'put the text in quotes, or correct the signs around it'

/** What to write instead, by the parser's own codes; its sentences say what was found. */
const fixes: Partial<Record<YAMLParseError['code'], string>> = {
  BAD_ALIAS: 'write out the value; text that begins with * or & goes in quotes',
  BAD_DQ_ESCAPE: "write it in single quotes ('\\d+'), where a backslash is a backslash, or double the backslash",
  BAD_INDENT: 'give the entries of one list or map the same number of blanks before them',
  BAD_SCALAR_START: 'put the text in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'put text that has ": " in it in quotes',
  BLOCK_IN_FLOW: 'within [ ] and { } write commas, and no "- " or line of its own',
  KEY_OVER_1024_CHARS: 'shorten the name of the field',
  MISSING_CHAR: 'close the quote or the bracket, and put a blank behind each ":" and ","',
  MULTILINE_IMPLICIT_KEY: 'keep the name of a field on one line, with ":" behind it',
  MULTIPLE_DOCS: 'remove the line "---", or put the second document into a file of its own',
  NON_STRING_KEY: 'name the field with a word',
  RESOURCE_EXHAUSTION: 'write at most a few levels of brackets',
  TAB_AS_INDENT: 'write blanks in place of the tab',
  TAG_RESOLVE_FAILED: 'remove the tag (!...); text that begins with ! goes in quotes',
  UNEXPECTED_TOKEN: oneText,
}

const sentences: Partial<Record<YAMLParseError['code'], string>> = {
  MULTIPLE_DOCS: 'found a second document',
  NON_STRING_KEY: 'found a field whose name is no text',
  RESOURCE_EXHAUSTION: 'found brackets within brackets, deeper than can be read',
}

/** What the YAML parser could not read. `key` is the name that stands there a second time. */
export function explainYaml(error: YAMLParseError | YAMLWarning, key: string): Explanation {
  if (error.code === 'DUPLICATE_KEY')
    return { message: `\`${key}\` stands there a second time`, fix: `keep one \`${key}\`, or join the two` }
  if (error.message.startsWith('Sequence item without'))
    return { message: 'the entry stands at another depth than the ones before', fix: fixes.BAD_INDENT ?? oneText }
  const said = (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '')
  return { message: sentences[error.code] ?? said, fix: fixes[error.code] ?? oneText }
}
