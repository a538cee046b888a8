import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const LOOPBACK = '127.0.0.1';
const HIGHEST = 65_535;
/** How far a search for free ports goes. */
const TRIED_MAX = 2_000;

/** Why one cannot listen there, as the system's code; undefined if one can. */
export async function listenError(host: string, port: number): Promise<string | undefined> {
  try {
    await closed(await listening(host, port));
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

/** Whether somebody could listen on a port of loopback now. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await listenError(LOOPBACK, port)) === undefined;
}

/** The first of `length` ports in a row, from `from` on, that are all free; undefined if none is near. */
export async function freeRow(from: number, length: number, host = LOOPBACK): Promise<number | undefined> {
  let first = from;
  for (let port = from; port <= Math.min(HIGHEST, from + TRIED_MAX); port += 1) {
    if ((await listenError(host, port)) !== undefined) first = port + 1;
    else if (port - first + 1 === length) return first;
  }
  return undefined;
}

/** Ports of loopback that are free now; all are held until the last is found, so that they differ. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listening(LOOPBACK, 0)));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map(closed));
  return ports;
}

async function listening(host: string, port: number): Promise<Server> {
  const server = createServer();
  server.listen({ host, port });
  await once(server, 'listening');
  return server;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
