#!/bin/sh
unset PKG_CONFIG_PATH
export PKG_CONFIG_LIBDIR=/sysroot/usr/lib/pkgconfig:/sysroot/usr/share/pkgconfig PKG_CONFIG_SYSROOT_DIR=/sysroot
exec /usr/bin/pkg-config "$@"
