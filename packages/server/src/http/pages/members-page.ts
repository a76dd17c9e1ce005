/**
 * The page of members before its script has run. It is the same for everybody and names nobody: the script gets its access
 * token by the refresh cookie and asks for the rest.
 */
export function membersPage(urls: {
  script: string
  style: string
  mark: string
  preloadedFonts: readonly string[]
}): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="robots" content="noindex">',
    '<title>Members</title>',
    `<link rel="icon" href="${urls.mark}" type="image/svg+xml">`,
    ...urls.preloadedFonts.map((url) => `<link rel="preload" href="${url}" as="font" type="font/woff2" crossorigin>`),
    `<link rel="stylesheet" href="${urls.style}">`,
    `<script type="module" src="${urls.script}"></script>`,
    '</head>',
    '<body>',
    '<noscript><p class="no-script">This page needs JavaScript to show who is a member. Allow it for this site and reload.</p></noscript>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
}
