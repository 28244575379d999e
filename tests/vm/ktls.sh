# Runs as the first process of the machine; test_ktls.py reads what it prints. Each
# answer is a line "=== NAME: VALUE".

PORT=8443
root=/srv
busybox --install -s /bin 2>/dev/null
hostname localhost
say() { echo "=== $1: $2"; }

# start OPTION...: a server with a new access log.
start() {
    rm -f /tmp/access /tmp/output
    sluice serve $root -b 127.0.0.1 -p $PORT --workers 1 --tls-cert /etc/certificate.pem --tls-key /etc/key.pem \
        --admin 127.0.0.1:9000 --access-log /tmp/access "$@" >/tmp/output 2>&1 &
    keeper=$!
    # The last line of the banner: by then the server has tried the kernel's TLS for
    # itself, which counts. It listens before.
    for _ in $(seq 200); do
        grep -q 'stops$' /tmp/output && return
        sleep 0.05
    done
    cat /tmp/output
    return 1
}
listening() {
    for _ in $(seq 200); do
        grep -q ":$(printf %04X $PORT) 00000000:0000 0A" /proc/net/tcp && return
        sleep 0.05
    done
    return 1
}
stop() {
    kill $keeper
    wait $keeper
    say "$1 exit" $?
}

# get NAME PATH OPTION...: a download, compared; whose word the log has for it.
get() {
    local name=$1 path=$2
    shift 2
    rm -f /tmp/got
    curl -sk --max-time 60 --http1.1 "$@" -o /tmp/got https://127.0.0.1:$PORT/$path
    result=$?
    say "$name curl" $result
    [ $result = 0 ] || cat /tmp/output
    cmp -s /tmp/got /srv/$path && say "$name bytes" same || say "$name bytes" "WRONG: $(wc -c </tmp/got)"
    way "$name"
}
# Lines are written by a thread.
way() {
    sleep 0.2
    say "$1 log" "$(tail -n 1 /tmp/access)"
}
counted() { awk -v name="$1" '$1 == name { print $2 }' /proc/net/tls_stat; }
metric() { curl -s http://127.0.0.1:9000/metrics | awk -v name="$1" '$1 == name { print $2 }'; }

# without NAME: what a server does that has to encrypt by itself, and says.
without() {
    start
    get "without-$1" large
    say "without-$1 banner" "$(grep -i ktls /tmp/output)"
    say "without-$1 by_user" "$(metric sluice_tls_user_connections_total)"
    say "without-$1 by_kernel" "$(metric sluice_tls_kernel_connections_total)"
    stop "without-$1"
}

each_cipher() { # each_cipher PROTOCOL VERSION OPTION CIPHER...
    local protocol=$1 version=$2 option=$3
    shift 3
    for cipher in "$@"; do
        before=$(counted TlsTxSw)
        get "$protocol-$version-$cipher" large --$protocol --tls-max $version --tlsv$version $option $cipher -w "=== $protocol-$version-$cipher version: %{http_version}\n"
        say "$protocol-$version-$cipher kernel" $(($(counted TlsTxSw) - before))
    done
}

# Requests by hand, one a word; what OpenSSL's client makes of it.
converse() { # converse NAME COMMAND...
    local name=$1
    shift
    for command in "$@"; do
        case $command in
        /*) printf 'GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n' "$command" ;;
        *) echo "$command" ;;
        esac
        sleep 1.5
    done | openssl s_client -connect 127.0.0.1:$PORT -tls1_3 >/tmp/said 2>&1
    say "$name client" $?
    say "$name answers" "$(grep -c 'HTTP/1.1 200 OK' /tmp/said)"
    say "$name errors" "$(grep -ciE 'bad record|unexpected eof|decrypt' /tmp/said)"
}

descriptors() {
    serving=$(cat /proc/$keeper/task/$keeper/children)
    ls /proc/${serving% }/fd | wc -l
}

# A file cut short while a slow client has it.
cut_short() {
    local protocol=$1
    for _ in 1 2 3 4 5; do cat /srv/large; done >/srv/short
    rm -f /tmp/got
    curl -sk --$protocol --limit-rate 300k -o /tmp/got https://127.0.0.1:$PORT/short &
    reader=$!
    # It takes its time to begin.
    for _ in $(seq 100); do
        [ "$(stat -c %s /tmp/got 2>/dev/null || echo 0)" -gt 100000 ] && break
        sleep 0.1
    done
    truncate -s 100000 /srv/short
    wait $reader
    say "short-$protocol curl" $?
    cmp -s -n 100000 /tmp/got /srv/large && say "short-$protocol begin" same || say "short-$protocol begin" WRONG
    way short-$protocol
}

situations() {
    start --small-file 0
    get first large
    for _ in 1 2 3 4 5; do cat /srv/large; done >/srv/short
    get first small
    get first short
    say banner "$(grep -i tls /tmp/output)"
    before=$(descriptors)

        curl -sk --http1.1 -r 1000001-3000000 -o /tmp/got https://127.0.0.1:$PORT/large
    tail -c +1000002 /srv/large | head -c 2000000 | cmp -s - /tmp/got && say "range bytes" same || say "range bytes" WRONG
    way range

    converse key-update /small k /small
    converse key-update-both /small K /small
    get behind-key-updates large

    printf 'GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' |
        openssl s_client -quiet -ign_eof -connect 127.0.0.1:$PORT >/tmp/said 2>/tmp/complaints
    say "goodbye client" $?
    tail -c $(wc -c </srv/large) /tmp/said | cmp -s - /srv/large && say "goodbye bytes" same || say "goodbye bytes" WRONG
    say "goodbye complaints" "$(grep -c 'unexpected eof' /tmp/complaints)"

    for _ in 1 2 3 4 5; do
        curl -sk --http1.1 https://127.0.0.1:$PORT/large | head -c 100000 >/dev/null
    done
    get behind-leavers large

    cut_short http1.1
    cut_short http2
    get behind-short large

    sleep 0.5
    say descriptors $(($(descriptors) - before))
    say by_kernel "$(metric sluice_tls_kernel_connections_total)"
    say by_user "$(metric sluice_tls_user_connections_total)"
    stop situations
}

# traced NAME PID COMMAND...: the system calls of a process while the command runs.
traced() {
    local name=$1 pid=$2
    shift 2
    strace -f -s 0 -o /tmp/trace -p $pid 2>/dev/null &
    tracer=$!
    sleep 1
    "$@"
    kill $tracer
    wait $tracer
    awk '{ print $2 }' /tmp/trace | grep -oE '^[a-z0-9_]+\(' | tr -d '(' | sort | uniq -c |
        while read -r count call; do say "$name call $call" $count; done
    for call in sendfile 'p?readv?2?(64)?'; do
        say "$name bytes $call" \
            $(grep -E "^[0-9]+ +$call\(" /tmp/trace | sed -n 's/.*= \([0-9]*\)$/\1/p' | awk '{ n += $1 } END { print n + 0 }')
    done
}

# Those of our serving process, of a download of what is in memory.
calls() { # calls NAME PROTOCOL PATH
    local name=$1 protocol=$2 path=$3
    start --small-file 0
    traced $name $(cat /proc/$keeper/task/$keeper/children) get $name $path --$protocol
    stop $name
}

# The same of nginx as it comes: it encrypts by itself, record by record.
calls_of_nginx() { # calls_of_nginx NAME PROTOCOL PATH
    local name=$1 protocol=$2 path=$3
    nginx -c /etc/nginx.conf 2>/tmp/output &
    server=$!
    listening || cat /tmp/output
    traced $name $server get $name $path --$protocol
    kill $server
    wait $server
}

# records NAME COMMAND...: how long those are that the client gets, who finds us at a port of its own.
records() {
    local name=$1
    shift
    tls_records 8444 $PORT >/tmp/records &
    relay=$!
    until grep -q ready /tmp/records; do sleep 0.05; done
    "$@" >/tmp/said 2>&1
    say "$name client" $?
    kill $relay 2>/dev/null
    wait $relay
    grep -v ready /tmp/records | while read -r count length; do say "$name record $length" $count; done
}
each_length_of_records() {
    start --small-file 0
    get first large
    records least curl -sk --http2 -o /tmp/got https://127.0.0.1:8444/double
    cmp -s /tmp/got /srv/double && say "least bytes" same || say "least bytes" WRONG
    serving=$(cat /proc/$keeper/task/$keeper/children)
    records long traced long ${serving% } h2load -n1 -c1 -m1 -f 1048576 -w30 -W30 https://127.0.0.1:8444/double
    say "long succeeded" "$(grep -c '1 succeeded' /tmp/said)"
    grep '^===' /tmp/said
    records several h2load -n3 -c1 -m3 -w30 -W30 https://127.0.0.1:8444/large
    say "several succeeded" "$(grep -c '3 succeeded' /tmp/said)"
    stop records
}

# Every method on a socket whose records the kernel makes.
methods() {
    for method in "$@"; do
        start --small-file 0 --method $method
        get method-$method large
        stop method-$method
    done
}

# Past the page cache, which a file system on a disk is needed for; and what the lab makes of it all.
on_a_disk() {
    mount -t ext4 /dev/vda /disk || exit 1
    cp /srv/large /disk/large
    root=/disk
    methods direct
    root=/srv
    sluice lab --tls --methods sendfile,direct --runs 2 --size 2M --path loopback --cache warm --receiver copy \
        --connections 1 --export-csv /tmp/lab.csv /disk >/tmp/said 2>&1
    say "lab exit" $?
    cat /tmp/said
    number=0
    while read -r line; do
        say "lab row $number" "$line"
        number=$((number + 1))
    done </tmp/lab.csv
}
