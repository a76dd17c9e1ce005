import { configureGlobal } from 'fast-check'

/**
 * Vitest runs this before each test file. One seed for all properties, so that a run can be repeated and a change is judged by
 * what it changes; PROVE_SEED takes another one, and a counterexample prints its own.
 */
configureGlobal({ seed: Number(process.env['PROVE_SEED'] ?? 20_261_122) })
