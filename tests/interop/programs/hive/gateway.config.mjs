/** Pages of other origins may ask, with credentials. */
export const gatewayConfig = {
  logging: 'error',
  cors: request => ({ origin: request.headers.get('origin') ?? '*', credentials: true }),
}
