/**
 * The talk page before its script has run. It is the same for every agent and holds no token and no name: the script reads
 * the agent's id from the address and asks for a session.
 */
export function talkPage(urls: {
  script: string
  microphoneWorklet: string
  playerWorklet: string
  style: string
  mark: string
  preloadedFonts: readonly string[]
}): string {
  const preloads = urls.preloadedFonts.map(
    (url) => `<link rel="preload" href="${url}" as="font" type="font/woff2" crossorigin>`,
  )
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="robots" content="noindex">',
    '<title>Talk to the agent</title>',
    `<link rel="icon" href="${urls.mark}" type="image/svg+xml">`,
    ...preloads,
    `<link rel="stylesheet" href="${urls.style}">`,
    `<script type="module" src="${urls.script}"></script>`,
    '</head>',
    '<body>',
    `<hyponema-talk microphone-worklet="${urls.microphoneWorklet}" player-worklet="${urls.playerWorklet}"></hyponema-talk>`,
    '<noscript><p class="no-script">This page needs JavaScript to hold a conversation. Allow it for this site and reload.</p></noscript>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
}
