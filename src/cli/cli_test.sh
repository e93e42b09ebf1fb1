#!/bin/sh
# Runs the command as people and scripts do: sh cli_test.sh PATH-OF-POSTSOURCE
set -u
postsource=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

# expect NAME EXIT-STATUS EXPECTED ACTUAL-STATUS: standard output is in $folder/out
expect() {
  if [ "$4" != "$2" ] || ! grep -q -- "$3" "$folder/out"; then
    echo "FAILED: $1: exit status $4 for $2, looked for: $3"
    cat "$folder/out" "$folder/err"
    failed=1
  fi
}
run() { "$postsource" "$@" >"$folder/out" 2>"$folder/err"; }

good='event: next\ndata: {"data":{"n":1}}\n\nevent: complete\ndata:\n\n'
bad='event: next\ndata: {"data":{"n":1},"errors":[]}\n\nevent: complete\ndata:\n\n'

printf "$good" | run --inspect --content-type text/event-stream
expect 'a good stream' 0 '"kind":"result"' $?
[ "$(wc -l <"$folder/out")" = 4 ] || { echo 'FAILED: one line a message'; failed=1; }
grep -q '2 messages in 59 bytes: 0 errors' "$folder/err" || { echo 'FAILED: the summary'; cat "$folder/err"; failed=1; }

printf "$bad" | run --inspect --content-type text/event-stream
expect 'an error' 1 '"rule":"errors-empty"' $?

printf "$bad" | run --content-type text/event-stream
expect 'nobody has asked' 0 '"findings":\[\]' $?
[ "$(wc -l <"$folder/out")" = 2 ] || { echo 'FAILED: what the stream says, alone'; failed=1; }

printf "$good" | run --inspect --strict --content-type text/event-stream -H 'Content-Encoding: gzip'
expect 'a warning that counts' 1 'content-encoding' $?
printf "$good" | run --inspect --content-type text/event-stream -H 'Cache-Control: no-store' -H 'Content-Encoding: gzip'
expect 'a warning that does not' 0 'content-encoding' $?

printf 'HTTP/1.1 100 Continue\r\n\r\nHTTP/2 200\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n' | run --inspect
expect 'a head as curl prints it' 0 '"rule":"cache-control"' $?
grep -q '"begin":0,"end":7' "$folder/out" || { echo 'FAILED: bytes are counted from the body'; failed=1; }

printf 'HTTP/1.1 200 OK\nContent-Type: text/event-stream\n\ndata: 1\r\n\r\n' | run
expect 'a head with the other line ends than its body' 0 '"payload":1' $?

printf 'data: 1\n\n' >"$folder/stream"
run --inspect --content-type text/event-stream -H 'Cache-Control: no-store' "$folder/stream"
expect 'a header does not take the file with it' 0 '"kind":"event"' $?

cat >"$folder/recording.json" <<END
{"version": 1, "url": "https://example.com/", "connections": [
 {"method": "GET", "status": 200, "headers": {"content-type": "text/event-stream", "cache-control": "no-store"},
  "chunks": [[10, "ZGF0YTog"], [40000, "MQoK"]], "end": 40000},
 {"method": "GET", "status": 200, "headers": [["content-type", "text/event-stream"]],
  "chunks": [[5, "ZGF0YTogMgoKZGF0YTo="]], "endedBy": "client"}]}
END
run --inspect "$folder/recording.json"
expect 'a recording' 0 '"rule":"keep-alive".*"byte":6' $?
grep -q '"payload":2,.*"connection":2' "$folder/out" || { echo 'FAILED: the second connection'; failed=1; }
grep -q truncated "$folder/out" && { echo 'FAILED: what the client has cut off is no finding'; failed=1; }
grep -q '2 messages in 23 bytes' "$folder/err" || { echo 'FAILED: the bytes of all connections'; failed=1; }
run --inspect <"$folder/recording.json"
expect 'a recording on standard input' 0 '"time":40000' $?

echo '{"version": 2, "connections": []}' | run
[ $? = 2 ] && grep -q 'version 2' "$folder/err" || { echo 'FAILED: another version'; failed=1; }
echo 'hello' | run
[ $? = 2 ] && grep -q -- '--content-type' "$folder/err" || { echo 'FAILED: no recording'; failed=1; }
run "$folder/missing"
[ $? = 2 ] && grep -q 'No such file' "$folder/err" || { echo 'FAILED: no file'; failed=1; }
run --nonsense </dev/null
[ $? = 2 ] || { echo 'FAILED: an unknown option'; failed=1; }

run --rules
expect 'the rules' 0 '"rule":"errors-empty"' $?
run --help
expect 'the help' 0 'Exit status:' $?
run --version
expect 'the version' 0 '^[0-9]*\.[0-9]' $?

printf 'data: a\033[31mb\n\n' | run --inspect --color always --content-type text/event-stream
expect 'for people, in colours' 0 'event' $?
grep -q 'a\\u001b\[31mb' "$folder/out" || { echo 'FAILED: control characters are written out'; failed=1; }

printf 'data: "a\177\302\233b"\n\n' | run --content-type text/event-stream
expect 'control characters in JSON' 0 '"payload":"a\\u007f\\u009bb"' $?

if [ -w /dev/full ]; then
  printf "$good" | "$postsource" --content-type text/event-stream >/dev/full 2>"$folder/err"
  [ $? = 2 ] && grep -q 'cannot be written' "$folder/err" || { echo 'FAILED: output that cannot be written'; failed=1; }
fi

# the first message is shown before the stream ends
{ printf 'data: 1\n\n'; sleep 2; printf 'data: 2\n\n'; } | "$postsource" --content-type text/event-stream >"$folder/out" &
sleep 1
[ "$(wc -l <"$folder/out")" = 1 ] || { echo 'FAILED: messages are shown as they come'; failed=1; }
wait

if command -v script >/dev/null; then
  printf "$bad" >"$folder/stream"
  script -qec "'$postsource' --inspect --content-type text/event-stream '$folder/stream'" "$folder/typescript" >"$folder/out" 2>"$folder/err" </dev/null
  expect 'on a terminal' 1 'error errors-empty' $?
  grep -q '1 error, 0 warnings' "$folder/out" || { echo 'FAILED: the summary on a terminal'; failed=1; }
fi
exit $failed
