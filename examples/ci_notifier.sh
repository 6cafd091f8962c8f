#!/bin/sh
# Runs a step of a build, and tells a room whether it has failed.
#
# usage: HUBBUB_HOOK=http://localhost:8000/hooks/TOKEN ./ci_notifier.sh NAME COMMAND [ARGUMENT…]
#
# It needs a POSIX shell and curl. The address comes from an incoming webhook (docs/webhooks.md). Give
# HUBBUB_BUILD a text that names this run, such as the number of the build: then the room is told once,
# even if the request has to be sent again. The script ends as the command does; that the room could not
# be told does not fail a build.
set -u

name=$1
shift
started=$(date +%s)
"$@"
status=$?
spent=$(($(date +%s) - started))

if [ "$status" = 0 ]; then
  text="**$name** passed in $spent s."
else
  text="**$name** failed with status $status after $spent s."
fi

# The text is the body: it needs no quoting. curl tries again where that may help.
printf '%s' "$text" | curl --silent --show-error --fail --output /dev/null \
  --retry 5 --retry-connrefused --max-time 60 \
  --header 'Content-Type: text/plain' \
  ${HUBBUB_BUILD:+--header "Idempotency-Key: $name $HUBBUB_BUILD"} \
  --data-binary @- "$HUBBUB_HOOK" || echo "The room was not told." >&2

exit "$status"
