/**
 * Threat: words that a model, a tool or a caller wrote become script, style or a request on the talk page.
 * Rule: only files of our own origin are loaded, of the kinds the page uses; no inline script or style; script may not turn
 * text into markup (Trusted Types without any policy); nothing may frame the page or receive a form from it.
 * On failure: the browser refuses the load and the page goes on without it.
 */
import { permissionsPolicy } from './permissions-policy.ts'

export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  // Also the voice socket, which has our own origin; audio worklets are script of ours and need no more than that.
  "connect-src 'self'",
  // The page's own mark in the browser's tab; nothing else is an image.
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** Of everything that a browser can hand to a page, the talk page asks for the microphone, and nothing it frames may. */
export const pagePermissions = permissionsPolicy(['microphone'])
