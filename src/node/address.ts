/** Where a member listens or is reached. */
export interface Address {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  /** 0 to 65,535; 0 means "any free one" where one listens. */
  readonly port: number;
}

const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?$/;
const IPV6 = /^[0-9a-f:.]{2,45}$/;

/** "host:port" or "[ipv6]:port", lower case or not; undefined if it is neither. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text.toLowerCase());
  if (match === null) return undefined;
  const [, bracketed, plain, digits] = match;
  const port = Number(digits);
  if (port > 65_535) return undefined;
  if (bracketed !== undefined) return IPV6.test(bracketed) ? { host: bracketed, port } : undefined;
  return plain !== undefined && HOST_NAME.test(plain) ? { host: plain, port } : undefined;
}

/** The one way to write an address: what `parseAddress` accepts. */
export function formatAddress(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
