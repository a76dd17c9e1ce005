import { type PageUrls, pageDocument } from './page-document.ts'

/** The page of escalations: its script gets an access token by the refresh cookie and asks for the rest. */
export function escalationsPage(urls: PageUrls): string {
  return pageDocument({ title: 'Escalations', urls, noScript: 'show who waits for a person' })
}
