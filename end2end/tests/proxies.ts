// What may stand between a browser and the server.
import { createServer, request } from "node:http";
import { type AddressInfo, type Socket, connect, createServer as listenOn } from "node:net";
import type { Server } from "./server";

/** Passes requests on, but for sockets, and for what `blocked` says. */
export async function proxied(server: Server, blocked: (path: string) => boolean): Promise<{ url: string; close: () => void }> {
  const target = new URL(server.url);
  const proxy = createServer((asked, answer) => {
    // A proxy that collects an answer before it passes it on: of a stream nothing ever arrives.
    if (blocked(asked.url!)) return;
    const { method, headers, url: path } = asked;
    const passed = request({ host: target.hostname, port: target.port, method, path, headers }, (got) => {
      answer.writeHead(got.statusCode!, got.headers);
      got.pipe(answer);
      got.on("error", () => answer.destroy());
    });
    passed.on("error", () => answer.destroy());
    asked.pipe(passed);
    answer.on("close", () => passed.destroy());
  });
  proxy.on("upgrade", (_asked, socket) => socket.destroy());
  await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
  const { port } = proxy.address() as AddressInfo;
  const close = () => {
    proxy.close();
    proxy.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

/** Passes everything on, until `swallow`: then connections stay open, and nothing gets through on them any more. New ones work. */
export async function halfOpening(server: Server): Promise<{ url: string; swallow: () => void; close: () => void }> {
  const target = new URL(server.url);
  const open = new Set<Socket>();
  const dead = new WeakSet<Socket>();
  const pass = (from: Socket, to: Socket) => {
    open.add(from);
    from.on("data", (bytes) => void (dead.has(from) || to.write(bytes)));
    from.on("error", () => from.destroy());
    from.on("close", () => {
      open.delete(from);
      if (!dead.has(from)) to.destroy();
    });
  };
  const proxy = listenOn((browser) => {
    const passed = connect(Number(target.port), target.hostname);
    pass(browser, passed);
    pass(passed, browser);
  });
  await new Promise<void>((listening) => proxy.listen(0, "127.0.0.1", listening));
  const { port } = proxy.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    swallow: () => open.forEach((socket) => dead.add(socket)),
    close: () => {
      proxy.close();
      open.forEach((socket) => socket.destroy());
    },
  };
}
