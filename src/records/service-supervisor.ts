/**
 * Runs as the parent of the postmaster: `sh -c SUPERVISOR name POSTGRES DATA SOCKET SECONDS`. Where no client was
 * connected at two looks, SECONDS apart, the last user was killed: stops the server. Backends of clients carry
 * `[local]` in their process title and end when their client does. The start time guards against a reused number.
 */
export const SUPERVISOR = `
"$1" -D "$2" -k "$3" -c listen_addresses= -c unix_socket_permissions=0700 \\
  -c timezone=UTC -c log_timezone=UTC -c max_connections=200 -c shared_buffers=128MB -c jit=off \\
  -c client_connection_check_interval=5s -c max_wal_size=256MB -c wal_recycle=off &
pid=$!
born() { cut -d ' ' -f 22 "/proc/$pid/stat" 2>/dev/null; }
in_use() {
  for child in $(cat "/proc/$pid/task/$pid/children" 2>/dev/null); do
    if grep -qaF '[local]' "/proc/$child/cmdline" 2>/dev/null; then return 0; fi
  done
  return 1
}
(
  birth=$(born); idle=0
  while sleep "$4" && [ "$(born)" = "$birth" ]; do
    if in_use; then idle=0; else idle=$((idle + 1)); fi
    if [ $idle -ge 2 ]; then kill -INT "$pid"; exit; fi
  done
) >/dev/null 2>&1 &
wait "$pid"
kill $!
`;
