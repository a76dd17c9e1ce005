import { decodeId } from '@hyponema/contract'
import { type Context, Hono } from 'hono'
import { escalationsPage } from './escalations-page.ts'
import { membersPage } from './members-page.ts'
import { type PageAsset, type PageAssets, preloadedFonts, readPageAssets } from './page-assets.ts'
import type { PageUrls } from './page-document.ts'
import { pagePermissions, pagePolicy } from './page-policy.ts'
import { signInPage } from './sign-in-page.ts'
import { talkPage } from './talk-page.ts'

/** A year: the address carries the version, so another content is another address. */
const immutable = 'public, max-age=31536000, immutable'
/** Named without its version: ask each time, the ETag makes the answer 304. */
const revalidate = 'no-cache'

/**
 * The pages and their files: `GET /sign-in`, `GET /auth/link`, `GET /members`, `GET /escalations`, `GET /assets/*`, and with `talk` (the embedded
 * default only) `GET /talk/{agent_id}`. Mount them at the root, behind `securityHeaders`. `assetsFolder` is where
 * tools/build-widget.mjs writes; a missing file is a StartupRefusal.
 */
export async function createPages(options: { assetsFolder: string; talk: boolean }): Promise<Hono> {
  const assets = await readPageAssets(options.assetsFolder)
  const pages = new Hono()
  addSignIn(pages, assets)
  addMembers(pages, assets)
  addEscalations(pages, assets)
  if (options.talk) addTalk(pages, assets)
  return pages.get('/assets/*', (context) => {
    const asset = assets.get(context.req.path.slice('/assets/'.length))
    return asset === undefined ? context.notFound() : serveAsset(context, asset)
  })
}

function addSignIn(pages: Hono, assets: PageAssets): void {
  const page = signInPage(urlsOf(assets, 'sign-in'))
  for (const path of ['/sign-in', '/auth/link']) pages.get(path, (context) => servePage(context, page))
}

function addMembers(pages: Hono, assets: PageAssets): void {
  const page = membersPage(urlsOf(assets, 'members'))
  pages.get('/members', (context) => servePage(context, page))
}

function addEscalations(pages: Hono, assets: PageAssets): void {
  const page = escalationsPage(urlsOf(assets, 'escalations'))
  pages.get('/escalations', (context) => servePage(context, page))
}

function addTalk(pages: Hono, assets: PageAssets): void {
  const page = talkPage({
    ...urlsOf(assets, 'talk'),
    microphoneWorklet: versioned(assets, 'microphone-processor.js'),
    playerWorklet: versioned(assets, 'player-processor.js'),
  })
  pages.get('/talk/:agentId', (context) => {
    if (decodeId('agent', context.req.param('agentId')) === undefined) return context.notFound()
    context.header('Permissions-Policy', pagePermissions)
    return servePage(context, page)
  })
}

function servePage(context: Context, page: string): Response | Promise<Response> {
  return context.html(page, 200, { 'Content-Security-Policy': pagePolicy, 'Cache-Control': revalidate })
}

function urlsOf(assets: PageAssets, name: 'sign-in' | 'members' | 'escalations' | 'talk'): PageUrls {
  return {
    script: versioned(assets, `${name}.js`),
    style: versioned(assets, `${name}.css`),
    mark: versioned(assets, 'mark.svg'),
    preloadedFonts: preloadedFonts.map((font) => `/assets/${font}`),
  }
}

function versioned(assets: PageAssets, name: string): string {
  return `/assets/${name}?v=${assets.get(name)?.version ?? ''}`
}

function serveAsset(context: Context, asset: PageAsset): Response {
  const etag = `"${asset.version}"`
  const headers = { ETag: etag, 'Cache-Control': context.req.query('v') === asset.version ? immutable : revalidate }
  if (context.req.header('if-none-match') === etag) return context.body(null, 304, headers)
  return context.body(asset.bytes, 200, { ...headers, 'Content-Type': asset.mediaType })
}
