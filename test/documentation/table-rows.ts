/** The rows of the table whose header begins with this cell, each as its cells with markup of code taken off. */
export function tableRows(markdown: string, firstHeader: string): readonly (readonly string[])[] {
  const tables = markdown.split(/\n{2,}/).filter((part) => part.startsWith('|'))
  return tables
    .map((table) => table.trim().split('\n').map(cellsOf))
    .filter(([header]) => header?.[0] === firstHeader)
    .flatMap(([, , ...rows]) => rows)
}

function cellsOf(line: string): readonly string[] {
  return line
    .trim()
    .replace(/^\|/, '')
    .replace(/\|$/, '')
    .split('|')
    .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1'))
}
