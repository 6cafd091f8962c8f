const room = "general";
const [connect, send] = [document.forms.connect, document.forms.send];
const log = document.querySelector("#log");
const state = document.querySelector("#state");

/** The highest `seq` that is shown: what to ask for after a lost connection. */
let seen;

/** Sends a request as the user of the token. */
async function request(path, method, body) {
  const response = await fetch(new URL(path, connect.server.value), {
    method,
    headers: {
      authorization: `Bearer ${connect.token.value}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const result = await response.json();
  if (!response.ok) throw new Error(result.detail);
  return result;
}

/** Opens a socket by a one-time ticket: a page cannot send a header with it. */
async function open() {
  const { ticket } = await request("/api/tickets", "POST");
  const url = new URL(`/ws?ticket=${ticket}`, connect.server.value.replace(/^http/, "ws"));
  const socket = new WebSocket(url);
  socket.onopen = () => socket.send(JSON.stringify({ type: "join", room, after: seen }));
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.type === "joined") {
      send.hidden = false;
      state.textContent = `In ${frame.room}`;
      frame.messages.forEach(show);
    } else show(frame);
  };
  socket.onclose = ({ code }) => {
    state.textContent = "Not connected";
    // The codes from 4500 say that there is no use in coming back.
    if (code < 4500) again();
  };
}

/** Opens another socket, soon. It goes on while the server cannot be reached; a refusal ends it. */
function again() {
  setTimeout(() =>
    open().catch((error) => {
      report(error);
      if (error instanceof TypeError) again();
    }), 1_000 + Math.random() * 4_000);
}

function show(frame) {
  if (frame.type !== "room_message" || frame.room !== room || frame.seq <= seen) return;
  seen = frame.seq;
  const item = document.createElement("li");
  item.textContent = `${frame.sender}: ${frame.message}`;
  log.append(item);
}

function report(error) {
  state.textContent = error.message;
}

connect.onsubmit = (event) => {
  event.preventDefault();
  open().catch(report);
};

send.onsubmit = (event) => {
  event.preventDefault();
  const body = { message: send.message.value, key: crypto.randomUUID() };
  request(`/api/rooms/${room}/messages`, "POST", body).then(() => send.reset(), report);
};
