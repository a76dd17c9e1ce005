import { type PageUrls, pageDocument } from './page-document.ts'

/** The talk page, the same for every agent: the script reads the agent's id from the address and asks for a session. */
export function talkPage(
  urls: PageUrls & { readonly microphoneWorklet: string; readonly playerWorklet: string },
): string {
  return pageDocument({
    title: 'Talk to the agent',
    urls,
    noScript: 'hold a conversation',
    body: `<hyponema-talk microphone-worklet="${urls.microphoneWorklet}" player-worklet="${urls.playerWorklet}"></hyponema-talk>`,
  })
}
