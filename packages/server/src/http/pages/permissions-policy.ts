const features = [
  'accelerometer',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'publickey-credentials-get',
  'screen-wake-lock',
  'usb',
] as const

/** The header that denies every feature but those, which our own origin alone may ask the person for. */
export function permissionsPolicy(ours: ReadonlyArray<(typeof features)[number]>): string {
  return features.map((feature) => `${feature}=(${ours.includes(feature) ? 'self' : ''})`).join(', ')
}
