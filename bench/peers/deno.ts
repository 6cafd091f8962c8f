/**
 * A bare broadcast server on Deno: each message goes to every connection in the sender's room, with
 * one `send` each. It checks nothing and stores nothing. In a room of one it is an echo.
 *
 *     deno run --allow-net bench/peers/deno.ts
 *
 * @module
 */
const rooms = new Map<string, Set<WebSocket>>();

function join(name: string, socket: WebSocket): Set<WebSocket> {
  const room = rooms.get(name) ?? new Set();
  rooms.set(name, room.add(socket));
  return room;
}

function serve(request: Request): Response {
  const { socket, response } = Deno.upgradeWebSocket(request);
  const room = join(new URL(request.url).searchParams.get("room") ?? "", socket);
  socket.onmessage = ({ data }) => {
    for (const member of room) if (member.readyState === WebSocket.OPEN) member.send(data);
  };
  socket.onclose = () => room.delete(socket);
  return response;
}

Deno.serve({
  port: 0,
  hostname: "127.0.0.1",
  onListen: ({ port }) => console.log(`ready ${port}`),
}, serve);
