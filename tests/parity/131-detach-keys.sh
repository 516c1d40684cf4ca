#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Ctrl-P Ctrl-Q and keys of one's own leave the container running.
# needs: expect
. "$PARITY/lib.sh"

reader='echo ready; while read -r line; do echo "got $line"; [ "$line" != end ] || exit 3; done'
session()
{
    {
        echo 'set timeout 10; log_user 0'
        echo 'proc fail {} { puts "NEVER HAPPENED"; exit 1 }'
        echo 'proc want {text} { expect -ex $text {} timeout fail eof { puts "ended early"; fail } }'
        echo 'proc done {} { expect eof {} timeout fail; puts "code [lindex [wait] 3]" }'
        echo "set D \"$D\"; set reader {$reader}; set create \"$D run --network none -it --name\""
        cat
    } | expect -
}

note "the usual keys"
session <<'END'
spawn {*}$create one busybox sh -c $reader
want "ready"
send "hello\r"
want "got hello"
send "\020\021"
done
END
t inspect -f '{{.State.Status}}' one
note "back again; one key alone goes through"
session <<'END'
spawn $D attach one
send "a\020b\r"
want "got a"
puts "still there"
send "\020\021"
want "read escape sequence"
done
spawn $D attach one
send "end\r"
want "got end"
done
END
t wait one
note "keys of one's own"
session <<'END'
spawn {*}$create two --detach-keys ctrl-x,q busybox sh -c $reader
want "ready"
send "\020\021\r"
want "got"
send "\030q"
done
END
t inspect -f '{{.State.Status}}' two
session <<'END'
spawn $D attach --detach-keys=a,b,c two
send "x\r"
want "got x"
send "abc"
done
END
t inspect -f '{{.State.Status}}' two
note "exec has them too"
session <<'END'
spawn $D exec -it --detach-keys ctrl-e two sh -c "echo ready; sleep 5"
want "ready"
send "\005"
want "read escape sequence"
done
END
note "without a terminal there are none"
printf 'x\020\021y\nend\n' | tin run --rm --network none -i busybox sh -c "$reader" | grep \
    '^[12=]' | cat -v
fails attach --detach-keys frob two
q rm -f two
