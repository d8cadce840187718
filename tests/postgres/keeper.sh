# Removes a test server when the process that started it is gone, however it went (kill -9 included).
# $1: the server's folder. stdin: "running" or "stopped" at each change; its end means that the owner
# is gone or done. Ignores the signals of a terminal: it must outlive what it cleans up after.
trap '' INT TERM HUP
state=stopped
while read -r line; do state=$line; done

if [ "$state" = running ]; then
  # The owner may have died between starting postgres and postgres writing its pid.
  tries=0
  while [ ! -s "$1/data/postmaster.pid" ] && [ "$tries" -lt 20 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  if read -r pid 2>/dev/null <"$1/data/postmaster.pid"; then
    kill -QUIT "$pid" 2>/dev/null
    tries=0
    while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
      sleep 0.1
      tries=$((tries + 1))
    done
    kill -KILL "$pid" 2>/dev/null
  fi
fi

# The owner may have died while it filled the folder: the copy then runs into its end.
tries=0
while rm -rf -- "$1" 2>/dev/null; sleep 0.02; [ -e "$1" ] && [ "$tries" -lt 250 ]; do
  tries=$((tries + 1))
done
