/** The rows of the table whose header begins with this cell, each as its cells with markup of code taken off. */
export function tableRows(markdown: string, firstHeader: string): readonly (readonly string[])[] {
  return tablesOf(markdown, firstHeader).flatMap(([, , ...rows]) => rows)
}

/** The cells of that header. */
export function tableHeader(markdown: string, firstHeader: string): readonly string[] {
  return tablesOf(markdown, firstHeader)[0]?.[0] ?? []
}

function tablesOf(markdown: string, firstHeader: string): readonly (readonly (readonly string[])[])[] {
  return markdown
    .split(/\n{2,}/)
    .filter((part) => part.startsWith('|'))
    .map((table) => table.trim().split('\n').map(cellsOf))
    .filter(([header]) => header?.[0] === firstHeader)
}

function cellsOf(line: string): readonly string[] {
  return line
    .trim()
    .replace(/^\|/, '')
    .replace(/\|$/, '')
    .split('|')
    .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1'))
}
