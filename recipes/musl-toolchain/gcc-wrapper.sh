#!/bin/sh
# Libtool, meson and others ask where libraries are; the answers name nothing of the sandbox but the compiler's own directory.
for word; do
  case $word in
    -dumpmachine) echo "@triple@"; exit ;;
    -print-multiarch) echo; exit ;;
    -print-sysroot) echo /sysroot; exit ;;
    -print-search-dirs | --print-search-dirs)
      printf 'install: %s/\nprograms: =/host/bin\nlibraries: =/sysroot/usr/lib/\n' '@compiler_dir@'
      exit ;;
    -print-libgcc-file-name) echo /sysroot/usr/lib/libgcc.a; exit ;;
    -print-file-name=* | --print-file-name=*)
      name=${word#*=}
      for directory in /sysroot/usr/lib '@compiler_dir@'; do
        if [ -e "$directory/$name" ]; then echo "$directory/$name"; exit; fi
      done
      echo "$name"
      exit ;;
  esac
done
exec @compiler@ -specs=/host/share/provenroot/gcc.specs "$@"
