/**
 * The thread that large policies are judged in: a second of computing, which nobody who talks shall wait for.
 * In: a LayersQuestion, one at a time. Out: a LayersVerdict; a text where it failed.
 */
import { parentPort } from 'node:worker_threads'
import { judgeLayers, type LayersQuestion } from './judge-layers.ts'

parentPort?.on('message', (question: LayersQuestion) => void answer(question))

async function answer(question: LayersQuestion): Promise<void> {
  try {
    parentPort?.postMessage(await judgeLayers(question), [])
  } catch (error) {
    parentPort?.postMessage(error instanceof Error ? error.message : String(error), [])
  }
}
