import { AwsV4Signer } from 'aws4fetch'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { awsDate, awsSignature } from './aws-signature.ts'
import { Secret } from './secret.ts'

const accessKeyId = 'AKIDEXAMPLE'
const secretText = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const secret = () => new Secret(Buffer.from(secretText))

describe('a signature for AWS', () => {
  it.each([
    ['POST', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    ['GET', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ])('is that of the published test suite (%s vanilla)', (method, signature) => {
    const value = awsSignature({
      credentials: { accessKeyId, secretAccessKey: secret() },
      region: 'us-east-1',
      service: 'service',
      method,
      path: '/',
      headers: { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z' },
      body: '',
    })
    expect(value).toBe(
      `Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,SignedHeaders=host;x-amz-date,Signature=${signature}`,
    )
  })

  it('is what a library of others signs, whatever the body and the moment', async () => {
    const moment = fc.date({ min: new Date('2020-01-01'), max: new Date('2099-01-01'), noInvalidDate: true })
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), moment, async (body, date) => {
        const headers = {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-date': awsDate(date.getTime()),
          'x-amz-target': 'TrentService.Encrypt',
        }
        const signer = new AwsV4Signer({
          method: 'POST',
          url: 'https://kms.eu-central-1.amazonaws.com/',
          headers,
          body,
          accessKeyId,
          secretAccessKey: secretText,
          service: 'kms',
          region: 'eu-central-1',
          datetime: headers['x-amz-date'],
          allHeaders: true,
        })
        const value = awsSignature({
          credentials: { accessKeyId, secretAccessKey: secret() },
          region: 'eu-central-1',
          service: 'kms',
          method: 'POST',
          path: '/',
          headers: { ...headers, host: 'kms.eu-central-1.amazonaws.com' },
          body,
        })
        const theirs = (await signer.sign()).headers.get('authorization') ?? ''
        expect(`AWS4-HMAC-SHA256 ${value}`).toBe(theirs.replaceAll(', ', ','))
      }),
      { numRuns: 50 },
    )
  })

  it('is not made with a destroyed secret', () => {
    const secretAccessKey = secret()
    secretAccessKey.destroy()
    const headers = { host: 'h', 'x-amz-date': '20150830T123600Z' }
    expect(() =>
      awsSignature({
        credentials: { accessKeyId, secretAccessKey },
        region: 'r',
        service: 's',
        method: 'POST',
        path: '/',
        headers,
        body: '',
      }),
    ).toThrow(RangeError)
  })
})
