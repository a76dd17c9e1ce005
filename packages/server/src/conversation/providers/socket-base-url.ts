import { AppError } from '../../kernel/app-error.ts'

/** The base URL of a provider as its socket has it: http becomes ws. A path is appended as text, so query and fragment are refused. */
export function socketBaseUrl(baseUrl: string): string {
  if (!/^(https?|wss?):\/\//i.test(baseUrl) || /[?#]/.test(baseUrl) || !URL.canParse(baseUrl)) {
    throw new AppError('provider.bad_request', 'no readable base URL; write http, https, ws or wss, host and path only')
  }
  return baseUrl.replace(/^http/i, 'ws').replace(/\/+$/, '')
}
