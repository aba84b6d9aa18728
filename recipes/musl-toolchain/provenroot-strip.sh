#!/bin/sh
# provenroot-strip: takes the debug sections out of all ELF files below /out/target and keeps them by build id in /out/debug.
set -eu
cd /out/target
find . -type f | LC_ALL=C sort | while IFS= read -r file; do
  if [ "$(head -c 4 "$file" | tr '\177' 'x')" != xELF ]; then continue; fi
  id=$("@triple@-readelf" -n "$file" 2>/dev/null | sed -n 's/^ *Build ID: //p')
  if [ -z "$id" ]; then echo "provenroot-strip: $file has no build id" >&2; exit 1; fi
  rest=${id#??}
  debug=/out/debug/usr/lib/debug/.build-id/${id%"$rest"}/$rest.debug
  mode=$(stat -c %a "$file")
  chmod u+w "$file"
  if [ ! -e "$debug" ]; then
    mkdir -p "${debug%/*}"
    "@triple@-objcopy" --only-keep-debug "$file" "$debug"
    chmod 644 "$debug"
  fi
  case $file in
    *.ko) "@triple@-strip" --strip-debug "$file" ;;
    *) "@triple@-strip" --strip-unneeded --remove-section=.comment "$file" ;;
  esac
  chmod "$mode" "$file"
done
