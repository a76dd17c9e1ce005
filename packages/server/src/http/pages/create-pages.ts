import { decodeId } from '@hyponema/contract'
import { type Context, Hono } from 'hono'
import { type PageAsset, type PageAssets, preloadedFonts, readPageAssets } from './page-assets.ts'
import { pagePermissions, pagePolicy } from './page-policy.ts'
import { talkPage } from './talk-page.ts'

/** A year: the address carries the version, so another content is another address. */
const immutable = 'public, max-age=31536000, immutable'
/** Named without its version: ask each time, the ETag makes the answer 304. */
const revalidate = 'no-cache'

/**
 * The talk page and its files: `GET /talk/{agent_id}` and `GET /assets/*`. Mount it at the root, behind `securityHeaders`,
 * and in the embedded default only. `assetsFolder` is where tools/build-widget.mjs writes; a missing file is a StartupRefusal.
 */
export async function createPages(options: { assetsFolder: string }): Promise<Hono> {
  const assets = await readPageAssets(options.assetsFolder)
  const shell = talkPage({
    script: versioned(assets, 'talk.js'),
    microphoneWorklet: versioned(assets, 'microphone-processor.js'),
    playerWorklet: versioned(assets, 'player-processor.js'),
    style: versioned(assets, 'talk.css'),
    mark: versioned(assets, 'mark.svg'),
    preloadedFonts: preloadedFonts.map((name) => `/assets/${name}`),
  })
  return new Hono()
    .get('/talk/:agentId', (context) => {
      if (decodeId('agent', context.req.param('agentId')) === undefined) return context.notFound()
      return context.html(shell, 200, {
        'Content-Security-Policy': pagePolicy,
        'Permissions-Policy': pagePermissions,
        'Cache-Control': revalidate,
      })
    })
    .get('/assets/*', (context) => {
      const asset = assets.get(context.req.path.slice('/assets/'.length))
      return asset === undefined ? context.notFound() : serveAsset(context, asset)
    })
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
