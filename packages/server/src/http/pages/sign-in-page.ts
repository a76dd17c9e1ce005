import { type PageUrls, pageDocument } from './page-document.ts'

/**
 * The pages of sign-in: where one asks for a link, and where a link leads. A link's secret stands in the fragment, which no
 * browser sends; only the script reads it.
 */
export function signInPage(urls: PageUrls): string {
  return pageDocument({ title: 'Sign in to Hyponema', urls, noScript: 'sign you in' })
}
