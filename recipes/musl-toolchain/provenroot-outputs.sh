#!/bin/sh
# provenroot-outputs DIRECTORY: what `make install DESTDIR=DIRECTORY` left, as the outputs sysroot and target.
set -eu
from=$1

development='./usr/include ./usr/lib/pkgconfig ./usr/share/pkgconfig ./usr/lib/cmake ./usr/share/aclocal'
documents='./usr/share/man ./usr/share/doc ./usr/share/info ./usr/share/gtk-doc ./usr/share/locale ./usr/share/bash-completion'

cd "$from"
# Libtool's files name absolute paths of the build; pkg-config says what they say.
find . -name '*.la' -type f -delete
for directory in $documents; do rm -rf "$directory"; done

if [ -d usr/include ] || [ -d usr/lib ]; then
  mkdir -p /out/sysroot/usr
  for part in usr/include usr/lib usr/share/pkgconfig usr/share/aclocal; do
    if [ -e "$part" ]; then
      mkdir -p "/out/sysroot/${part%/*}"
      cp -a "$part" "/out/sysroot/${part%/*}/"
    fi
  done
fi

mkdir -p /out/target
cp -a . /out/target/
cd /out/target
for directory in $development; do rm -rf "$directory"; done
find . \( -name '*.a' -o -name '*.o' \) -type f -delete
find . -depth -mindepth 1 -type d -empty -delete
