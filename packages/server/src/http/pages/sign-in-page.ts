/**
 * The pages of sign-in before their script has run: where one asks for a link, and where a link leads. Both are the same for
 * everybody. A link's secret stands in the fragment, which no browser sends; only the script reads it.
 */
export function signInPage(urls: {
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
    '<title>Sign in to Hyponema</title>',
    `<link rel="icon" href="${urls.mark}" type="image/svg+xml">`,
    ...urls.preloadedFonts.map((url) => `<link rel="preload" href="${url}" as="font" type="font/woff2" crossorigin>`),
    `<link rel="stylesheet" href="${urls.style}">`,
    `<script type="module" src="${urls.script}"></script>`,
    '</head>',
    '<body>',
    '<noscript><p class="no-script">This page needs JavaScript to sign you in. Allow it for this site and reload.</p></noscript>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
}
