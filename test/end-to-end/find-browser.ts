import { accessSync, constants } from 'node:fs'

/** Where distributions put Chromium, Debian first. HYPONEMA_TEST_CHROMIUM names another one. */
const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
]

/** The system's Chromium, or undefined where there is none: browser cases then report themselves as skipped. */
export function findBrowser(): string | undefined {
  const named = process.env['HYPONEMA_TEST_CHROMIUM']
  return [...(named === undefined ? [] : [named]), ...usualPlaces].find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
