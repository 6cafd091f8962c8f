/**
 * Bun's WebSocket server with its topics as rooms, as in its guide: each message goes to every
 * connection in the sender's room. It stores nothing. Runs on Bun, whose server is built on
 * uWebSockets: https://bun.sh/docs/runtime/http/websockets
 */
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request, server) {
    const room = new URL(request.url).searchParams.get("room") ?? "";
    if (!server.upgrade(request, { data: { room } })) return new Response(null, { status: 426 });
  },
  websocket: {
    open: (socket) => socket.subscribe(socket.data.room),
    message: (socket, text) => server.publish(socket.data.room, text),
  },
});
console.log(`ready ${server.port}`);
