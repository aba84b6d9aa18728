#!/bin/sh
exec @binutils@-ld --sysroot=/sysroot "$@"
