#!/bin/sh
# PID 1 of every step. Its sha256 is part of every action key: any edit here rebuilds everything.
#
# Reads   /src/step/unpack   lines `file TAB directory TAB leading components to strip`
#         /src/step/series   names below /src/patches, in order
#         /src/step/phases/NN-NAME.sh   shell text, in order, each in /build/source
# Leaves  /out/.step/status  `phase=NAME` and `exit=N` of the last phase that ran
#         /out/.step/counters  `cpu_us=N` and `peak_bytes=N` of the whole container, empty where the kernel does not tell
# Prints a line at the start of each phase. No times: those are kept by whoever reads the output.

set -u
umask 022
cd /build || exit 99
mkdir -p /out/.step /build/source /build/work /build/home

current=''
child=''
cgroup=/sys/fs/cgroup

# Control groups version 2, else version 1. Reads without a subprocess: pids may be all used up.
counters() {
  cpu_us=''
  peak_bytes=''
  if [ -r $cgroup/cpu.stat ]; then
    while read -r key value; do
      [ "$key" != usage_usec ] || cpu_us=$value
    done <$cgroup/cpu.stat
  elif [ -r $cgroup/cpuacct/cpuacct.usage ]; then
    read -r value <$cgroup/cpuacct/cpuacct.usage
    cpu_us=$((value / 1000))
  fi
  for file in $cgroup/memory.peak $cgroup/memory/memory.max_usage_in_bytes; do
    [ ! -r "$file" ] || read -r peak_bytes <"$file"
  done
  printf 'cpu_us=%s\npeak_bytes=%s\n' "$cpu_us" "$peak_bytes" >/out/.step/counters
}

finish() {
  printf 'phase=%s\nexit=%s\n' "$current" "$1" >/out/.step/status
  counters
  exit "$1"
}

# The engine's signals reach PID 1 only; what is left ends with it.
stop() {
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null
  finish 143
}
trap stop TERM INT HUP

# A phase in the background, so that a signal is answered while it runs.
phase() {
  current=$1
  shift
  printf 'phase=%s\n' "$current" >/out/.step/status
  printf '== %s\n' "$current"
  "$@" </dev/null &
  child=$!
  wait "$child"
  code=$?
  child=''
  [ "$code" -eq 0 ] || finish "$code"
}

unpack_one() {
  into=/build/source/$2
  mkdir -p "$into" || return 1
  case $1 in
    *.zip) unzip -q "/src/sources/$1" -d "$into" </dev/null ;;
    *) tar --extract --file "/src/sources/$1" --directory "$into" --strip-components "$3" --no-same-owner --no-same-permissions </dev/null ;;
  esac
}

unpack() {
  while IFS='	' read -r file directory strip; do
    printf 'unpacking %s\n' "$file"
    unpack_one "$file" "$directory" "$strip" || { printf 'cannot unpack %s\n' "$file"; return 1; }
  done </src/step/unpack
}

apply() {
  while read -r name; do
    printf 'applying %s\n' "$name"
    patch --directory /build/source --strip 1 --fuzz 0 --forward --no-backup-if-mismatch --input "/src/patches/$name" </dev/null ||
      { printf 'the patch %s does not apply\n' "$name"; return 1; }
  done </src/step/series
}

run_script() {
  cd /build/source || exit 99
  exec sh -eu "$1"
}

[ ! -s /src/step/unpack ] || phase unpack unpack
[ ! -s /src/step/series ] || phase patch apply

for script in /src/step/phases/*.sh; do
  [ -e "$script" ] || continue
  name=${script##*/}
  name=${name#*-}
  phase "${name%.sh}" run_script "$script"
done

finish 0
