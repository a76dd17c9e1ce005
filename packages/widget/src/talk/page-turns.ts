const sessionPage = '#session'

/** On a phone the session is a page of its own: it has an address, so that the way back is the browser's too. */
export function createPageTurns(options: {
  main: HTMLElement
  panel: { readonly heading: HTMLElement; readonly back: HTMLElement }
  sessionButton: HTMLElement
}) {
  const { main, panel, sessionButton } = options
  const stopping = new AbortController()

  function show(): void {
    main.dataset['page'] = location.hash === sessionPage ? 'session' : 'talk'
  }
  function leave(): void {
    history.replaceState(null, '', location.pathname)
    show()
    sessionButton.focus()
  }
  window.addEventListener(
    'hashchange',
    () => {
      show()
      if (location.hash === sessionPage) panel.heading.focus()
    },
    { signal: stopping.signal },
  )
  window.addEventListener(
    'keydown',
    (event) => {
      // The way back stands on the page of its own only; beside the conversation there is nothing to leave.
      if (event.key === 'Escape' && location.hash === sessionPage && panel.back.checkVisibility()) leave()
    },
    { signal: stopping.signal },
  )
  return {
    show,
    leave,
    open: () => {
      location.hash = sessionPage
    },
    stop: () => stopping.abort(),
  }
}
