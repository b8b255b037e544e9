import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts one more server, on the same database if `env` names no other, and waits until it serves. */
export async function serve(
  port: number,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ChildProcess> {
  const binary = process.env.ALLOT_BIN ?? '../target/debug/allot';
  const server = spawn(binary, ['serve', '--listen', `127.0.0.1:${port}`], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: server.stdout! })) {
    if (line.startsWith('Allot serves on')) {
      break;
    }
  }
  server.stdout!.resume();
  return server;
}

/** Tells a server to stop, and waits until it has. */
export async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode === null) {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
}
