#!/usr/bin/env python3
"""An echo bot in Python, with nothing but the standard library, over HTTP.

HUBBUB_TOKEN=... python3 echo.py http://localhost:8000 lobby echo.state

It answers each message that begins with "echo " exactly once, over lost connections and crashes.
Its answers do not begin so: two such bots in a room do not answer each other. It notes the position
of an event after the answer to it was stored. After a crash in between, it handles the event again:
the answer then has the same key, and the server stores it once.
"""
import json
import os
import sys
import time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

# A stream that is silent for longer is dead: the server sends a comment every 15 seconds.
TIMEOUT = 45

# The server refuses the answer itself: the same request gives the same refusal.
REFUSED = (400, 403, 404, 413)

if len(sys.argv) != 4:
    sys.exit("usage: echo.py URL ROOM STATE")
url, room, state = sys.argv[1:]
path = f"{url}/api/rooms/{quote(room, safe='')}"


def request(method, address, body=None):
    """Sends a request. Returns the response, which is read like a file."""
    headers = {"Authorization": f"Bearer {os.environ['HUBBUB_TOKEN']}"}
    if body is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(body).encode()
    return urlopen(Request(address, body, headers, method=method), timeout=TIMEOUT)


def until_answered(method, address, body=None):
    """Sends a request until the server has answered it. Returns the answer; None if it refuses."""
    while True:
        try:
            with request(method, address, body) as response:
                return json.load(response)
        except HTTPError as error:
            if error.code == 401:
                sys.exit("The token is not valid (any more).")
            if error.code in REFUSED:
                return None
            time.sleep(float(error.headers.get("Retry-After", 1)))
        except (OSError, HTTPException, ValueError):
            time.sleep(1)


def load():
    """Reads the position: the log and the last event that was handled. None on the first start."""
    try:
        with open(state) as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def save(epoch, seq):
    """Stores the position, so that a crash leaves the old one or the new one."""
    with open(f"{state}.new", "w") as file:
        json.dump({"epoch": epoch, "seq": seq}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{state}.new", state)


def events(position):
    """Follows the log from a position on, or from its end. Yields the name and data of each event."""
    query = "after=end" if position is None else f"after={position['seq']}&epoch={position['epoch']}"
    with request("GET", f"{path}/events?{query}") as stream:
        name = ""
        for line in stream:
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                yield name, json.loads(value)
            elif field == "":
                name = ""


def answer(event, epoch):
    """Answers a message. The same event gives the same key, and another log gives other keys."""
    key = f"echo-{epoch[:8]}-{event['seq']}"
    body = {"message": f"You said: {event['message']}", "key": key}
    until_answered("POST", f"{path}/messages", body)


def follow():
    """Handles events until the stream ends."""
    position = load()
    epoch = position["epoch"] if position else None
    for name, event in events(position):
        if name == "open":
            # Stored at once, so that a crash before the first event skips none.
            epoch = event["epoch"]
            save(epoch, event["seq"])
        elif name == "":
            if event["type"] == "room_message" and event["message"].startswith("echo "):
                answer(event, epoch)
            save(epoch, event["seq"])


if until_answered("POST", f"{path}/join") is None:
    sys.exit("The bot may not join the room.")
while True:
    try:
        follow()
    except HTTPError as error:
        if error.code == 401:
            sys.exit("The token is not valid any more.")
        if error.code == 409:
            # The log was replaced by a backup: what is in it now was handled before, or is lost.
            os.remove(state)
    except (OSError, HTTPException, ValueError):
        pass
    time.sleep(1)
