import { element } from '../talk/element.ts'

/** A button that asks once before it acts, in its own place: the focus goes to the question and comes back with a no. */
export function confirmButton(options: {
  words: string
  /** What a screen reader says of it, where the words alone do not say about whom. */
  label?: string
  question: string
  sure: string
  onSure: () => void
}): HTMLElement {
  const box = element('div', { class: 'confirm' })
  const first = element('button', { type: 'button', class: 'plain' }, options.words)
  if (options.label !== undefined) first.setAttribute('aria-label', options.label)
  const question = element('p', { class: 'quiet' }, options.question)
  const sure = element('button', { type: 'button', class: 'plain danger' }, options.sure)
  const keep = element('button', { type: 'button', class: 'plain' }, 'Keep')
  if (options.label !== undefined) sure.setAttribute('aria-label', `${options.label}, really`)
  first.addEventListener('click', () => {
    box.replaceChildren(question, element('div', { class: 'choices' }, sure, keep))
    sure.focus()
  })
  const back = (): void => {
    box.replaceChildren(first)
    first.focus()
  }
  keep.addEventListener('click', back)
  box.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape' && !first.isConnected) back()
  })
  sure.addEventListener('click', options.onSure)
  box.append(first)
  return box
}
