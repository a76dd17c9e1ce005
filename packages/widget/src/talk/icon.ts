/** Drawn on a grid of 16; the stroke takes the colour of the text beside it. Always beside words or inside a named button. */
const paths = {
  shield: 'M8 1.5 2.5 4v4c0 3.2 2.3 5.6 5.5 6.5 3.2-.9 5.5-3.3 5.5-6.5V4z',
  check: 'm3 8.5 3.2 3L13 4.5',
  cross: 'm4 4 8 8M12 4l-8 8',
  warning: 'M8 2 1.5 13.5h13zM8 6.5v3.2M8 11.6v.1',
  wait: 'M8 4.5V8l2.2 1.6M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8z',
  list: 'M2.5 4h11M2.5 8h11M2.5 12h7',
  back: 'M9.5 3.5 5 8l4.5 4.5',
  microphone: 'M8 1.8a2 2 0 0 0-2 2v3.6a2 2 0 0 0 4 0V3.8a2 2 0 0 0-2-2zM3.4 7.4a4.6 4.6 0 0 0 9.2 0M8 12v2.2',
  microphoneOff:
    'M10 5.6V3.8a2 2 0 0 0-3.9-.6M6 6v1.4a2 2 0 0 0 3.2 1.6M3.4 7.4a4.6 4.6 0 0 0 7.7 3.4M8 12v2.2M2.5 2l11 12',
  sound: 'M2.2 6v4h2.4L8 12.8V3.2L4.6 6zM10.4 5.6a3.4 3.4 0 0 1 0 4.8M12.3 3.7a6 6 0 0 1 0 8.6',
  soundOff: 'M2.2 6v4h2.4L8 12.8V3.2L4.6 6zM10.6 6.2l3.4 3.6M14 6.2l-3.4 3.6',
  note: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 7.4v3.4M8 5v.1',
} as const

export type IconName = keyof typeof paths

export function icon(name: IconName): SVGSVGElement {
  return drawing({ viewBox: '0 0 16 16', class: 'icon', 'stroke-width': '1.6' }, [paths[name]])
}

/** Hyponema's mark, as in mark.svg. */
export function mark(): SVGSVGElement {
  return drawing({ viewBox: '0 0 28 28', class: 'mark', 'stroke-width': '2.4' }, [
    'M6 4v20M22 4v20',
    'M6 14c4-7 5 7 8 0s4 7 8 0',
  ])
}

function drawing(attributes: Readonly<Record<string, string>>, lines: readonly string[]): SVGSVGElement {
  const namespace = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(namespace, 'svg')
  const shared = {
    'aria-hidden': 'true',
    fill: 'none',
    stroke: 'currentColor',
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  }
  for (const [name, value] of Object.entries({ ...shared, ...attributes })) svg.setAttribute(name, value)
  for (const line of lines) {
    const path = document.createElementNS(namespace, 'path')
    path.setAttribute('d', line)
    svg.append(path)
  }
  return svg
}
