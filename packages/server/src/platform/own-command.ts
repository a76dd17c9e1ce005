const isSource = import.meta.url.endsWith('.ts')

/** How this command is run here: in a clone through npm, from the packed server as the program of the package. */
export function ownCommand(args: string): string {
  if (!isSource) return `npx hyponema ${args}`
  return args === 'start' ? 'npm start' : `npm run hyponema -- ${args}`
}
