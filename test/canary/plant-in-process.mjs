/**
 * Loaded into the server before its entry: a leak on purpose, so that the search of its memory and of its log is seen to see.
 * One secret stays in the heap, as a cache would keep it; one is written to standard error, one to standard output.
 */
import process from 'node:process'

globalThis.leakedOnPurpose = [process.env.PLANTED_IN_HEAP]
process.stderr.write(`{"msg":"a leak on purpose","key":"${process.env.PLANTED_IN_LOG}"}\n`)
process.stdout.write(`a leak on purpose: ${process.env.PLANTED_IN_OUTPUT}\n`)
