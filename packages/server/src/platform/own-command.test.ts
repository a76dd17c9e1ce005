import { expect, test } from 'vitest'
import { ownCommand } from './own-command.ts'

test('a message names a command that a clone has', () => {
  expect(ownCommand('migrate URL')).toBe('npm run hyponema -- migrate URL')
  expect(ownCommand('start')).toBe('npm start')
})
