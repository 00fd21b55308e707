#!/bin/bash -p
# The batch script of one Berth server. The words between at signs are replaced by quoted
# values; nothing a user typed is among them. -p: no BASH_ENV, no functions from outside.
launcher=@LAUNCHER@
spawn_file=@SPAWN_FILE@

# What belongs to the submitting session or decides which code runs is not for the server;
# the launcher does the rest of the cleaning.
unset BASH_ENV ENV LD_PRELOAD LD_AUDIT PYTHONHOME PYTHONPATH PYTHONSTARTUP
unset LC_ALL XDG_RUNTIME_DIR XDG_SESSION_ID DBUS_SESSION_BUS_ADDRESS DISPLAY

# Job control: without it bash starts background commands with SIGINT ignored, and every
# kernel and terminal below would inherit that, so that Ctrl-C would do nothing there.
set -m
# Grid Engine tells all processes of a job what is to come, before a suspension by SIGUSR1 and
# before the end by SIGUSR2, and either ends those that know nothing of it. Only we heed it.
[ -z "${SGE_JOB_SPOOL_DIR-}" ] || trap '' USR1 USR2
"$launcher" "$spawn_file" &
server=$!
trap 'stopped=1; kill -TERM "$server" 2>/dev/null' TERM INT HUP USR2

# A trapped signal ends "wait" early, and so does a suspension: wait again, until it returns for
# the server's own sake. 127 is also what it says of a process it has already told about.
code=127
while :; do
    stopped=
    wait "$server"
    now=$?
    [ "$now" -eq 127 ] || code=$now
    [ -z "$stopped" ] || continue
    kill -0 "$server" 2>/dev/null || break
    sleep 1
done
rm -f -- "$spawn_file"
exit "$code"
