#!/bin/sh
# An echo bot: answers each message that begins with "echo " once, whatever crashes in between.
#
# usage: HUBBUB_TOKEN=… ./echo_bot.sh http://localhost:8000 general
#
# It needs a POSIX shell and curl 7.82 or later. The file echo_bot.seq holds the last event that was
# handled. It is written after the answer was stored, so after a crash the last event may be handled
# again: the answer then has the same key, and the server stores it once.
set -eu

url=$1
room=$2
state=${HUBBUB_STATE:-echo_bot.seq}

# The token is not an argument: other users of this machine see the arguments.
auth=$(mktemp)
trap 'rm -f "$auth"' EXIT
trap 'exit 1' HUP INT TERM
printf 'header = "Authorization: Bearer %s"\n' "$HUBBUB_TOKEN" >"$auth"

request() {
  curl --config "$auth" --silent "$@"
}

# Sends a request until the server has done it, or refuses it for good.
send() {
  while :; do
    status=$(request --output /dev/null --write-out '%{http_code}' "$@") || true
    case $status in
    2??) return 0 ;;
    400 | 401 | 403 | 404 | 413) return 1 ;;
    esac
    sleep 1
  done
}

answer() {
  send --json "{\"message\":\"$2\",\"reply_to\":$1,\"key\":\"echo-$1\"}" \
    "$url/api/rooms/$room/messages" || true
}

# Handles one event, in the form of JSON. The server writes no spaces between the parts of an event.
# The text stays in the form of JSON, so that it needs no quoting: it ends at the first quote without
# a backslash before it.
handle() {
  case $2 in
  '{"type":"room_message",'*'"message":"echo '*)
    text=${2#*'"message":"echo '}
    answer "$1" "$(printf '%s\n' "$text" | sed -E 's/^(([^"\\]|\\.)*)".*$/\1/')"
    ;;
  esac
  printf '%s\n' "$1" >"$state.new"
  mv "$state.new" "$state"
}

while :; do
  if ! send --request POST "$url/api/rooms/$room/join"; then
    echo "The token is not valid (any more), or the bot may not join the room." >&2
    exit 1
  fi
  after=$(cat "$state" 2>/dev/null || echo 0)
  request --fail --no-buffer "$url/api/rooms/$room/events?after=$after" | {
    id=
    while IFS= read -r line; do
      case $line in
      'id: '*) id=${line#id: } ;;
      'data: '*) if [ -n "$id" ]; then handle "$id" "${line#data: }"; fi ;;
      '') id= ;;
      esac
    done
  } || true
  sleep 1
done
