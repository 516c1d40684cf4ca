#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# -t: a terminal inside, raw outside, its size, its end.
# needs: expect
. "$PARITY/lib.sh"

t run --rm --network none -t busybox sh -c \
    'test -t 0 && test -t 1 && test -t 2 && echo three; tty; echo $TERM' | tr -d '\r'
t run --rm --network none -t -e TERM=dumb busybox sh -c 'echo $TERM' | tr -d '\r'
t run --rm --network none -t busybox sh -c 'echo out; echo err >&2; exit 6' | cat -v
t run --rm --network none busybox sh -c 'test -t 0 || test -t 1 || echo none'
fails run --rm --network none -it busybox true
t run --rm --network none -t busybox stty -a | tr ' ;\r' '\n' |
    grep -xE -e '-?(icanon|isig|iexten|echo|echoe|echok|onlcr|opost|icrnl|ixon)'

# session PROGRAM: an expect script; timeouts print NEVER HAPPENED.
session()
{
    {
        echo 'set timeout 10; log_user 0; set stty_init "rows 33 columns 99"'
        echo 'proc fail {} { puts "NEVER HAPPENED"; exit 1 }'
        echo 'proc want {text} { expect -ex $text {} timeout fail eof { puts "ended early"; fail } }'
        echo 'proc done {} { expect eof {} timeout fail; puts "code [lindex [wait] 3]" }'
        echo "set D \"$D\"; set run \"$D run --rm --network none -it busybox\""
        cat
    } | expect -
}

note "a shell"
session <<'END'
spawn {*}$run sh
want "/ # "
send "echo \$((40 + 2))\r"
want "42"
send "exit 5\r"
done
END
note "the size, and a change of it"
session <<'END'
spawn {*}$run sh -c "while :; do read -r -t 0.1 x && exit 2; stty size; done"
want "33 99"
puts "first size"
stty rows 20 columns 50 < $spawn_out(slave,name)
want "20 50"
puts "second size"
send "\r"
done
END
note "Ctrl-C goes to the process inside"
session <<'END'
spawn {*}$run sh -c "trap 'echo interrupted; exit 8' INT; echo ready; while :; do sleep 0.1; done"
want "ready"
send "\003"
want "interrupted"
done
END
note "Ctrl-D ends its input"
session <<'END'
spawn {*}$run cat
send "line\r"
want "line"
want "line"
send "\004"
done
END
note "the outside terminal is raw meanwhile, and as it was afterwards"
session <<'END'
spawn sh -c "stty -a >before; $D run --rm --network none -it busybox sh -c 'echo ready; read x; echo bye'; stty -a >after; cmp before after && echo same"
want "ready"
send "\r"
want "bye"
want "same"
puts "same"
done
END
note "bytes are not changed"
session <<'END'
spawn {*}$run sh -c "stty raw -echo; echo ready; head -c 6 | od -An -tx1"
want "ready"
send "\001\t\r\n\177\303"
want "01 09 0d 0a 7f c3"
puts "as sent"
done
END
note "exec -it"
server web
session <<'END'
spawn $D exec -it web sh -c "tty; while :; do read -r -t 0.1 x && exit 4; stty size; done"
want "/dev/pts/"
want "33 99"
send "\r"
done
END
