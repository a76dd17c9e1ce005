/** Words written as one text with commas, over several lines. */
export function listWords(list: string): readonly string[] {
  return list.split(',').map((word) => word.trim().replaceAll(/\s+/g, ' '))
}
