/** A text as it is compared: compatibility forms, case, accents, figures of all scripts and invisible characters seen through, each white space one blank. */
export function foldPlain(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[\p{M}\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, '')
    .replaceAll(/(?![0-9])\p{Nd}/gu, asciiDigit)
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** Ten figures of a script stand in a row, the zero first (Unicode 4.6). */
function asciiDigit(figure: string): string {
  const point = figure.codePointAt(0) ?? 0
  let value = 0
  while (/^\p{Nd}$/u.test(String.fromCodePoint(point - value - 1))) value += 1
  return String(value % 10)
}
