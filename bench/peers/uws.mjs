/**
 * uWebSockets with its topics as rooms: each message goes to every connection in the
 * sender's room. It stores nothing. Runs on Node 16, 18 or 20, for which npm has builds of uWebSockets.js.
 */
import { createRequire } from "node:module";

// The package is installed beside a copy of this file.
const require = createRequire(import.meta.url);
const { arch, platform, versions } = process;
// Require the build itself: the package falls back silently if there is none for this Node.
const build = `uws_${platform}_${arch}_${versions.modules}.node`;
const uws = require(`@trufflesuite/uws-js-unofficial/dist/${build}`);

const app = uws.App().ws("/*", {
  // Drop no messages for readers: by default that happens at 64 KiB.
  maxBackpressure: 64 * 1_024 * 1_024,
  upgrade(response, request, context) {
    const [key, protocol, extensions] = ["key", "protocol", "extensions"]
      .map((name) => request.getHeader(`sec-websocket-${name}`));
    response.upgrade({ room: request.getQuery("room") ?? "" }, key, protocol, extensions, context);
  },
  open: (socket) => socket.subscribe(socket.getUserData().room),
  message: (socket, text, isBinary) => app.publish(socket.getUserData().room, text, isBinary),
});
app.listen("127.0.0.1", 0, (socket) => console.log(`ready ${uws.us_socket_local_port(socket)}`));
