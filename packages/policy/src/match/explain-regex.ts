/** What to write in place of a pattern that RE2 refuses; `message` is what it said. */
export function explainRegex(message: string): { readonly message: string; readonly fix: string } {
  const said = message.replace(/^error parsing regexp: /, '').replace('`(?i)', '`')
  const fix = fixes.find(([pattern]) => pattern.test(said))?.[1]
  return { message: said, fix: fix ?? 'write it in RE2 syntax: what is meant and nothing around it' }
}

const fixes: readonly (readonly [RegExp, string])[] = [
  [/empty text/, 'write something that has to be there, as x+ in place of x*'],
  [/instructions/, 'write smaller repeats, or several patterns'],
  [
    /missing closing \)|unexpected \)|missing argument/,
    'close what is open; for the sign itself write a backslash before it',
  ],
  [/missing closing \]|invalid character class/, 'close the set with ]; for the sign [ itself write \\['],
  [/Perl syntax.*\(\?[=!<]/, 'RE2 has no look-around: write what stands there as part of the pattern, or use `unless`'],
  [/invalid escape sequence: `\\\d/, 'RE2 has no back-references: write the repeated part out'],
  [/repeat count|repeat size|nested repetition/, 'repeat at most 1000 times, and put no repeat on a repeat'],
]
