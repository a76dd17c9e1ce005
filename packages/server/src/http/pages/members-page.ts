import { type PageUrls, pageDocument } from './page-document.ts'

/** The page of members: its script gets an access token by the refresh cookie and asks for the rest. */
export function membersPage(urls: PageUrls): string {
  return pageDocument({ title: 'Members', urls, noScript: 'show who is a member' })
}
