/** A self-signed certificate for the loopback, made anew for every run and valid for a day. */

import { execFileSync } from 'node:child_process'

/** `{ key, cert }` as PEM, as Node's servers take it; `cert` is also what a client has to trust. */
export function makeCertificate() {
  let pem
  try {
    pem = execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'].concat(
        ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
        ['-keyout', '-', '-out', '-'],
      ),
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    )
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    throw new Error('openssl is needed to make a certificate; install the Debian package `openssl`')
  }
  const block = name => pem.match(new RegExp(`-----BEGIN ${name}-----[^]+?-----END ${name}-----\n`))[0]
  return { key: block('PRIVATE KEY'), cert: block('CERTIFICATE') }
}
