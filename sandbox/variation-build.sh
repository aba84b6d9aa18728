#!/bin/sh
# Makes what varied runs need, with the sandbox's own tools, into /out/variation: the preload of variation.c, and a locale
# that sorts letters as a dictionary does, writes a decimal comma and has other names of months and days.

set -eu
mkdir -p /out/variation/locale /tmp/work
cd /tmp/work
gcc -std=gnu11 -O2 -Wall -Wextra -Werror -fPIC -shared -Wl,--build-id=none -o /out/variation/preload.so /src/variation.c

awk 'BEGIN {
  print "<code_set_name> UTF-8\n<comment_char> %\n<escape_char> /\n<mb_cur_min> 1\n<mb_cur_max> 6\nCHARMAP"
  for (i = 0; i < 128; i++) printf "<U%04X> /x%02x CHARACTER\n", i, i
  print "END CHARMAP"
}' >charmap

awk '
function text(word,   i, out) { for (i = 1; i <= length(word); i++) out = out sprintf("<U%04X>", index(ASCII, substr(word, i, 1)) + 31); return "\"" out "\"" }
function names(list,   parts, n, i, out) { n = split(list, parts, " "); for (i = 1; i <= n; i++) out = out (i > 1 ? ";" : "") text(parts[i]); return out }
function order(from, to,   i) { for (i = from; i <= to; i++) printf "<U%04X>\n", i }
BEGIN {
  for (i = 32; i < 127; i++) ASCII = ASCII sprintf("%c", i)
  print "comment_char %\nescape_char /"
  print "LC_COLLATE\norder_start forward"
  order(1, 64)
  for (i = 0; i < 26; i++) printf "<U%04X>\n<U%04X>\n", 97 + i, 65 + i
  order(91, 96); order(123, 127)
  print "order_end\nEND LC_COLLATE"
  print "LC_NUMERIC\ndecimal_point " text(",") "\nthousands_sep \"\"\ngrouping -1\nEND LC_NUMERIC"
  print "LC_TIME"
  print "abday " names("Su Mo Tu We Th Fr Sa") "\nday " names("Suno Muno Tuno Weno Thuno Frino Sano")
  print "abmon " names("Un Du Tri Qua Qui Sex Sep Oc Nov Dec Undec Duodec")
  print "mon " names("Unember Duember Triember Quaember Quiember Sexember September Octember November December Undecember Duodecember")
  print "am_pm " names("mane vespere") "\nd_t_fmt " text("%d.%m.%Y %H:%M:%S %Z") "\nd_fmt " text("%d.%m.%Y") "\nt_fmt " text("%H:%M:%S") "\nt_fmt_ampm " text("%H:%M:%S") "\nEND LC_TIME"
}' >source

# It warns of the categories that are not given, and says so by its exit status too.
localedef --force --no-archive --charmap ./charmap --inputfile ./source ./made 2>messages || [ $? -eq 1 ]
cp -R /usr/lib/locale/C.utf8/. /out/variation/locale/
for category in LC_COLLATE LC_NUMERIC LC_TIME; do cp "made/$category" "/out/variation/locale/$category" || { cat messages; exit 1; }; done
