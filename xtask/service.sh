# shellcheck shell=bash
# Sourced by the scripts that run a real service for the tests: fetching it once through Maven, and running it as long
# as somebody wants it. Each of those scripts sets and defines:
#
#   what       what it is called in messages, with its version
#   pom        names its parts for Maven
#   home       where its parts are kept; those that Maven brings are in $home/libs
#   owner_id   a process with which it ends; may be empty
#   unpack DIR      makes what Maven brought into DIR/libs ready to run
#   prepare         gets ready to listen on $port, with all files in $dir; once for each port that is tried
#   launch          starts it with `run_java`
#   answers         whether it is ready
#   announce        the line for whoever started it

START_SECONDS=60
cache="${XDG_CACHE_HOME:-$HOME/.cache}/springtide"

die() {
  printf '%s: error: %s\n' "${0##*/}" "$1" >&2
  exit 1
}

need() {
  command -v "$1" >/dev/null || die "$1 is not on the PATH: $2"
}

usage() {
  sed -n '2,/^set /{s/^# \{0,1\}//p}' "$0" >&2
  exit 2
}

# The property of the pom that ends in `.version`.
pom_version() {
  sed -n 's:.*<[a-z]*\.version>\(.*\)</[a-z]*\.version>.*:\1:p' "$1"
}

# Only whole copies ever stand under $home; the pom in it says what they are copies of.
fetched() {
  cmp -s "$pom" "$home/pom.xml"
}

fetch() {
  fetched && return
  need mvn "install Maven (apt-get install maven)."
  mkdir -p "$cache"
  (
    # Tests that start at once must not each download.
    flock 9
    ! fetched || exit 0
    echo "Fetching $what" >&2
    temp=$(mktemp -d "$home.XXXXXX")
    trap 'rm -rf "$temp"' EXIT
    mvn -q -B -f "$pom" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$temp/libs" \
      </dev/null >"$temp/mvn.log" 2>&1 9>&- || {
      tail -n 20 "$temp/mvn.log" >&2
      die "Maven could not fetch $what (its last lines are above). See that Maven reaches its repository and try again."
    }
    unpack "$temp"
    cp "$pom" "$temp/pom.xml"
    chmod 755 "$temp"
    rm -rf "$home"
    mv -T "$temp" "$home"
  ) 9>"$cache/${0##*/}.lock"
}

# Only for use with &: runs a command that the kernel kills as soon as this script is gone, even by SIGKILL.
# The inner shell closes the gap before setpriv has asked for that.
child() {
  # shellcheck disable=SC2016
  exec setpriv --pdeathsig KILL bash -c '[ "$PPID" = "$0" ] && exec "$@"' "$$" "$@"
}

running() {
  kill -0 "$1" 2>/dev/null
}

# Whether somebody listens: refused means that nobody does.
listening() {
  (exec 4<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Below the range that the kernel gives to outgoing connections, so that none of those takes the port meanwhile.
free_port() {
  local port
  while :; do
    port=$((RANDOM % 12000 + 20000))
    listening "$port" || break
  done
  echo "$port"
}

# The children: the service, one that ends with the input, one that ends with the owner.
server='' input='' owner=''

stop() {
  local pid
  # Nothing of it is kept, so there is nothing to shut down in order.
  for pid in $server $input $owner; do
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$dir"
}

last_words() {
  tail -n 30 "$dir"/*.log >&2 2>/dev/null || true
}

in_use() {
  grep -qsE 'Address already in use|already bound' "$dir"/*.log
}

wanted() {
  running "$input" && { [ -z "$owner" ] || running "$owner"; }
}

# Runs Java as $server, its output in console.log.
run_java() {
  child java -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true "$@" \
    </dev/null >>"$dir/console.log" 2>&1 &
  server=$!
}

# Returns 0 when the service answers, 1 when it ended; exits when it is no longer wanted or too late.
await_server() {
  while running "$server"; do
    wanted || exit 0
    [ "$SECONDS" -lt "$deadline" ] || {
      last_words
      die "$what was not ready after $START_SECONDS s (its last lines are above). Is the machine overloaded?"
    }
    ! answers || return 0
    sleep 0.1
  done
  return 1
}

# Runs the service with everything under a new or empty folder, until it is no longer wanted.
start() {
  need java "install a Java runtime, 17 or newer (apt-get install openjdk-17-jre-headless)."
  need setpriv "install util-linux."
  fetch
  mkdir -p "$1"
  dir=$(cd "$1" && pwd)
  [ -z "$(ls -A "$dir")" ] || die "$dir is not empty: name a new folder, it is removed at the end."
  trap stop EXIT
  trap 'exit 0' INT TERM HUP

  child cat >/dev/null <&0 &
  input=$!
  if [ -n "$owner_id" ]; then
    child tail -s 0.5 --pid="$owner_id" -f /dev/null >/dev/null </dev/null &
    owner=$!
  fi

  deadline=$((SECONDS + START_SECONDS))
  local port tries
  for tries in 1 2 3; do
    port=$(free_port)
    prepare
    launch
    if await_server; then
      announce
      while wanted && running "$server"; do wait -n || true; done
      wanted || exit 0
      last_words
      die "$what ended by itself (its last lines are above)."
    fi
    wait "$server" || true
    # Another process was quicker to take a port that was free.
    in_use || break
    rm -f "$dir"/*.log
  done
  last_words
  die "$what did not start (its last lines are above; $tries tries)."
}
