/** A PDF of these content streams, one a page, in Helvetica as /F1 and Helvetica-Bold as /F2; `objects` begin with number 5. */
export function pdfOf(
  contents: readonly string[],
  options: {
    readonly resources?: string
    readonly catalog?: string
    readonly objects?: readonly string[]
    readonly trailer?: string
  } = {},
): Buffer {
  const fixed = [
    `<< /Type /Catalog /Pages 2 0 R ${options.catalog ?? ''} >>`,
    '',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>',
    ...(options.objects ?? []),
  ]
  const firstPage = fixed.length + 1
  const kids = contents.map((_content, index) => `${firstPage + 2 * index} 0 R`)
  fixed[1] = `<< /Type /Pages /Kids [${kids.join(' ')}] /Count ${contents.length} >>`
  const resources = `<< /Font << /F1 3 0 R /F2 4 0 R >> ${options.resources ?? ''} >>`
  const pages = contents.flatMap((content, index) => [
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources ${resources} /Contents ${firstPage + 2 * index + 1} 0 R >>`,
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
  ])
  return fileOf([...fixed, ...pages], options.trailer ?? '')
}

function fileOf(objects: readonly string[], trailer: string): Buffer {
  const parts = ['%PDF-1.7\n']
  let length = parts.join('').length
  const offsets = objects.map((object, index) => {
    const offset = length
    const part = `${index + 1} 0 obj\n${object}\nendobj\n`
    parts.push(part)
    length += part.length
    return offset
  })
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  parts.push(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}`)
  parts.push(`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${length}\n%%EOF\n`)
  return Buffer.from(parts.join(''), 'latin1')
}
