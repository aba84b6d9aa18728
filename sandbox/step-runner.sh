#!/bin/sh
# PID 1 of every step. Its sha256 is part of every action key: any edit here rebuilds everything.
#
# Reads   /src/step/unpack   lines `file TAB directory TAB leading components to strip`
#         /src/step/series   names below /src/patches, in order
#         /src/step/phases/NN-NAME.sh   shell text, in order
# Leaves  /out/.step/status  `phase=NAME` and `exit=N` of the last phase that ran
#         /out/.step/counters  `times` of all children, and the peak of memory where the kernel tells it
# Prints a line at the start of each phase. No times: those are kept by whoever reads the output.

set -u
umask 022
cd /build || exit 99
mkdir -p /out/.step /build/source /build/work /build/home

current=''
child=''

finish() {
  printf 'phase=%s\nexit=%s\n' "$current" "$1" >/out/.step/status
  times >/out/.step/counters
  cat /sys/fs/cgroup/memory.peak /sys/fs/cgroup/memory/memory.max_usage_in_bytes >>/out/.step/counters 2>/dev/null
  exit "$1"
}

# The engine's signals reach PID 1 only; the phase must end too.
stop() {
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null
  finish 143
}
trap stop TERM INT

begin() {
  current=$1
  printf 'phase=%s\n' "$current" >/out/.step/status
  printf '== %s\n' "$current"
}

unpack_one() {
  into=/build/source/$2
  mkdir -p "$into" || return 1
  case $1 in
    *.zip) unzip -q "/src/sources/$1" -d "$into" ;;
    *) tar --extract --file "/src/sources/$1" --directory "$into" --strip-components "$3" --no-same-owner --no-same-permissions ;;
  esac
}

if [ -s /src/step/unpack ]; then
  begin unpack
  while IFS='	' read -r file directory strip; do
    printf 'unpacking %s\n' "$file"
    unpack_one "$file" "$directory" "$strip" || { printf 'cannot unpack %s\n' "$file"; finish 1; }
  done </src/step/unpack
fi

if [ -s /src/step/series ]; then
  begin patch
  while read -r name; do
    printf 'applying %s\n' "$name"
    patch --directory /build/source --strip 1 --fuzz 0 --forward --no-backup-if-mismatch --input "/src/patches/$name" ||
      { printf 'the patch %s does not apply\n' "$name"; finish 1; }
  done </src/step/series
fi

for script in /src/step/phases/*.sh; do
  name=${script##*/}
  name=${name#*-}
  begin "${name%.sh}"
  cd /build/source || finish 99
  sh -eu "$script" </dev/null &
  child=$!
  wait "$child"
  code=$?
  child=''
  [ "$code" -eq 0 ] || finish "$code"
done

finish 0
