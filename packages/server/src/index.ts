/** The server is a program, not a library: its door is main.ts, and its contract is @hyponema/contract. */
export { readConfig } from './config.ts'
