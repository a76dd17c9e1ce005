/** Where the files of a page stand. */
export type PageUrls = {
  readonly script: string
  readonly style: string
  readonly mark: string
  readonly preloadedFonts: readonly string[]
}

/**
 * A page of ours before its script has run: the same for everybody, without a name, a token or anything that was looked up.
 * All texts are our own and stand in it as they are. `noScript` completes "This page needs JavaScript to".
 */
export function pageDocument(page: {
  readonly title: string
  readonly urls: PageUrls
  readonly noScript: string
  /** What stands in the body besides; the script of most pages makes all of it. */
  readonly body?: string
}): string {
  const { title, urls, noScript, body } = page
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="robots" content="noindex">',
    `<title>${title}</title>`,
    `<link rel="icon" href="${urls.mark}" type="image/svg+xml">`,
    ...urls.preloadedFonts.map((url) => `<link rel="preload" href="${url}" as="font" type="font/woff2" crossorigin>`),
    `<link rel="stylesheet" href="${urls.style}">`,
    `<script type="module" src="${urls.script}"></script>`,
    '</head>',
    '<body>',
    ...(body === undefined ? [] : [body]),
    `<noscript><p class="no-script">This page needs JavaScript to ${noScript}. Allow it for this site and reload.</p></noscript>`,
    '</body>',
    '</html>',
    '',
  ].join('\n')
}
