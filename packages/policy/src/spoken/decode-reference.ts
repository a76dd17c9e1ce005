/** The character that a reference of HTML or XML stands for, or undefined: `&#98;`, `&#x62;`, `&amp;`. */
export function decodeReference(written: string): number | undefined {
  const number = /^&#(?:(\d{1,7})|[xX]([0-9a-fA-F]{1,6}));$/.exec(written)
  if (number === null) return named.get(written)
  const code = number[1] === undefined ? Number.parseInt(number[2] ?? '', 16) : Number(number[1])
  return code > 0x10ffff ? undefined : code
}

/** Those of XML, and the blanks and joiners of HTML that may part a word. */
const named: ReadonlyMap<string, number> = new Map([
  ['&amp;', 0x26],
  ['&lt;', 0x3c],
  ['&gt;', 0x3e],
  ['&quot;', 0x22],
  ['&apos;', 0x27],
  ['&nbsp;', 0xa0],
  ['&shy;', 0xad],
  ['&zwj;', 0x200d],
  ['&zwnj;', 0x200c],
  ['&ZeroWidthSpace;', 0x200b],
  ['&commat;', 0x40],
  ['&period;', 0x2e],
  ['&dollar;', 0x24],
  ['&euro;', 0x20ac],
  ['&percnt;', 0x25],
])
