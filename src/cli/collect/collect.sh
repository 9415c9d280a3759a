#!/bin/sh
# Saves what AWS recorded about the last use of permissions, one file per entity, for `dormant report DIR`.
# Printed by `dormant collect-script --shell sh`. Read it before you run it: it runs with your credentials.
#
#   sh collect.sh [--since-days DAYS] [DIR]        DIR is dumps/<today> unless you name it
#
# It needs aws-cli 1 or 2 and the usual tools of a POSIX system. It only starts and fetches reports of IAM, and writes below DIR alone.
# Run it again with the same DIR after an interruption: what is complete is not fetched again. With --since-days 30 what was saved 30 days ago or
# earlier is: the new answer takes the place of the old one when it is whole. To keep both, name another DIR.
# Exit code: 0 everything is saved, 3 some of it is, 1 nothing is, or the credentials have expired; 2 the options are wrong.
set -u
umask 077
LC_ALL=C
export LC_ALL

# The role to assume in every account of the organization; empty for the account of your credentials alone.
ORG_ROLE='@ORG_ROLE@'
# Entities that are worked on at once, in so many processes of this script; AWS slows down clients that ask for many more.
WORKERS=${COLLECT_WORKERS:-4}
ROUND=12
# Seconds: between two looks at an unfinished job, how long a job may take, and before a call that AWS refused as too frequent is repeated.
PAUSE=${COLLECT_PAUSE:-2}
PATIENCE=${COLLECT_PATIENCE:-300}
BACKOFF=${COLLECT_BACKOFF:-5}
# A session of an assumed role lives an hour, and only the session that started a job may fetch it: renewed between two rounds.
RENEW=${COLLECT_RENEW:-2400}

AWS_PAGER=
AWS_RETRY_MODE=adaptive
AWS_MAX_ATTEMPTS=10
export AWS_PAGER AWS_RETRY_MODE AWS_MAX_ATTEMPTS

say() { printf '%s\n' "$*" >&2; }
now() { date +%s; }

usage() {
    say 'usage: sh collect.sh [--since-days DAYS] [DIR]; DAYS is a number from 1 on'
    exit 2
}

since=''
if [ "${1:-}" = --since-days ]; then
    since=${2:-}
    case $since in '' | 0* | *[!0-9]*) usage ;; esac
    shift 2
fi
[ $# -le 1 ] || usage
case ${1:-} in -*) usage ;; esac
dir=${1:-dumps/$(date -u +%Y-%m-%d)}
mkdir -p -- "$dir" || exit 1
# What a run that was killed has left: its half-fetched pages. A folder of a run that is still at work stays.
for old in "$dir"/.collect.*; do
    [ -f "$old/process" ] && ! kill -0 "$(cat "$old/process")" 2>/dev/null && rm -rf -- "$old"
done
tmp=$(mktemp -d "$dir/.collect.XXXXXX") || exit 1
log=$dir/collected.csv
main=$$
printf '%s\n' "$main" >"$tmp/process"
workers=
trap 'rm -rf -- "$tmp"' EXIT
# shellcheck disable=SC2086 # A list of numbers.
trap 'trap - INT TERM HUP; [ -z "$workers" ] || kill $workers 2>/dev/null; wait; exit 1' INT TERM HUP
[ -s "$log" ] || printf 'arn,job_id,status,file,seconds,error\n' >"$log"

# The credentials of an assumed role: kept in variables, never in a file.
key='' secret='' token='' assumed=0

# aws_once ERRORS ARGUMENT…: one call of the client, with the credentials of the account that is being worked on.
aws_once() {
    errors=$1
    shift
    if [ -n "$key" ]; then
        AWS_ACCESS_KEY_ID=$key AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token aws "$@" 2>"$errors"
    else
        aws "$@" 2>"$errors"
    fi
}

# call OUT ARGUMENT…: a call whose answer goes to the file OUT. Fails with the client's words in $error; 9 where the credentials have expired.
call() {
    out=$1
    shift
    wait_for=$BACKOFF tries=0
    while :; do
        aws_once "$out.err" "$@" >"$out" && return 0
        once_more "$out.err" || return
    done
}

# once_more ERRORS: after a call that failed with the words in ERRORS, which go into $error. Waits where the call can be made again; else fails,
# with 9 where the credentials have expired.
once_more() {
    error=$(tr -s '\n\t ' '   ' <"$1" | cut -c1-400)
    case $error in
        *ExpiredToken* | *RequestExpired* | *'Token has expired'* | *'Unable to locate credentials'* | *InvalidClientTokenId* | \
            *'Error when retrieving token'* | *'SSO session associated with this profile has expired'* | *'Error loading SSO Token'*)
            printf '%s\n' "$error" >"$tmp/expired"
            return 9
            ;;
        *Throttling* | *'Rate exceeded'* | *TooManyRequests* | *RequestLimitExceeded* | *ServiceUnavailable* | *ServiceFailure* | \
            *InternalFailure* | *'Could not connect'* | *'Connection was closed'* | *'timed out'* | *'timeout on endpoint'*)
            tries=$((tries + 1))
            [ "$tries" -le 6 ] || return 1
            sleep "$wait_for"
            wait_for=$((wait_for * 2))
            ;;
        *) return 1 ;;
    esac
}

# note ARN JOB STATUS FILE SECONDS ERROR: one line of collected.csv, in one write, because several processes append to it.
note() {
    text=$(printf '%s' "$6" | sed 's/"/""/g')
    printf '%s,%s,%s,%s,%s,"%s"\n' "$(quoted "$1")" "$2" "$3" "$(quoted "$4")" "$5" "$text" >>"$log"
    case $3 in complete | skipped) ;; *) printf x >>"$tmp/short" ;; esac
    case $3 in complete) printf x >>"$tmp/saved" ;; esac
}

quoted() {
    case $1 in *[\",]*) printf '"%s"' "$(printf '%s' "$1" | sed 's/"/""/g')" ;; *) printf '%s' "$1" ;; esac
}

# Whether this process has to end: the credentials have expired, or the script itself is gone.
stopped() { [ -e "$tmp/expired" ] || ! kill -0 "$main" 2>/dev/null; }

# named: ARNs on stdin, one a line; on stdout each with a tab and its file name: percent-encoded, so that `dormant` reads it back exactly.
named() {
    awk 'BEGIN { for (i = 1; i < 128; i++) code[sprintf("%c", i)] = sprintf("%%%02X", i) }
        {
            name = ""
            for (i = 1; i <= length($0); i++) {
                letter = substr($0, i, 1)
                name = name (letter ~ /[A-Za-z0-9_.+=,@-]/ ? letter : code[letter])
            }
            print $0 "\t" name
        }'
}

# file_name ARN NAME: a file name has 255 bytes at most. Of a longer one the ARN goes into the document, see wrap.
file_name() {
    if [ "${#2}" -le 230 ]; then printf '%s.json' "$2"; else printf 'long-%s.json' "$(printf '%s' "$1" | cksum | tr ' ' '-')"; fi
}

is_complete() { grep -q '"JobStatus": *"COMPLETED"' "$1" 2>/dev/null; }

# is_recent FILE: it is not to be fetched again for its age.
is_recent() { [ -z "$since" ] || [ -z "$(find "$1" -mtime "+$((since - 1))")" ]; }

# wrap ARN FILE: puts the ARN into the document, {ARN: answer}, which `dormant` reads too.
wrap() {
    escaped=$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')
    { printf '{"%s":\n' "$escaped" && cat -- "$2" && printf '}\n'; } >"$2.wrapped" && mv -f -- "$2.wrapped" "$2"
}

# fetch ARN NAME JOB STARTED: waits for a job, and saves all of its pages or nothing. What is not saved yet carries the ARN in its name too:
# if everything is killed here, each page that is left names its entity.
fetch() {
    arn=$1 name=$2 job=$3 started=$4 marker=''
    file=$(file_name "$arn" "$name")
    page=$mine/page.$file whole=$mine/whole.$file
    : >"$whole"
    while :; do
        stopped && return 9
        if [ -n "$marker" ]; then set -- --marker "$marker"; else set --; fi
        call "$page" iam get-service-last-accessed-details --job-id "$job" --max-items 1000 "$@" --output json
        case $? in 0) ;; 9) return 9 ;; *) refused "$arn" "$job" "$(($(now) - started))" && return ;; esac
        if ! is_complete "$page"; then
            if grep -q '"JobStatus": *"FAILED"' "$page"; then
                # An earlier answer that is whole says more.
                is_complete "$folder/$file" || mv -f -- "$page" "$folder/$file"
                note "$arn" "$job" failed "$account/$file" "$(($(now) - started))" 'the job failed; the answer is kept, or an earlier one that is whole'
                return
            fi
            if [ $(($(now) - started)) -gt "$PATIENCE" ]; then
                note "$arn" "$job" timeout '' "$(($(now) - started))" "not done after $PATIENCE seconds"
                return
            fi
            sleep "$PAUSE"
            continue
        fi
        case $file in long-*) wrap "$arn" "$page" ;; esac
        if ! cat -- "$page" >>"$whole"; then
            rm -f -- "$page" "$page.err" "$whole"
            note "$arn" "$job" error '' "$(($(now) - started))" 'cannot be written'
            return
        fi
        grep -q '"IsTruncated": *true' "$page" || break
        call "$mine/marker" iam get-service-last-accessed-details --job-id "$job" --max-items 1000 "$@" --query Marker --output text
        case $? in 0) ;; 9) return 9 ;; *) refused "$arn" "$job" "$(($(now) - started))" && return ;; esac
        marker=$(cat "$mine/marker")
    done
    stopped && return 9
    # Pages one after another in one file: a name for each could be taken for the name of another entity, and a half of them for the whole.
    if mv -f -- "$whole" "$folder/$file"; then
        note "$arn" "$job" complete "$account/$file" "$(($(now) - started))" ''
        say "saved $arn"
    else
        note "$arn" "$job" error '' "$(($(now) - started))" 'cannot be written'
    fi
    rm -f -- "$page" "$page.err"
}

# refused ARN JOB SECONDS: AWS said no. The run goes on with the next entity.
refused() {
    case $error in
        *NoSuchEntity*) note "$1" "$2" gone '' "$3" "$error" ;;
        *AccessDenied*) note "$1" "$2" denied '' "$3" "$error" ;;
        *) note "$1" "$2" error '' "$3" "$error" ;;
    esac
    say "not saved: $1: $error"
}

# round: starts a job for each line of $mine/round, then fetches them in the same order: meanwhile the later ones get done.
round() {
    : >"$mine/jobs"
    tab=$(printf '\t')
    while IFS=$tab read -r arn name; do
        stopped && return 9
        call "$mine/job" iam generate-service-last-accessed-details --arn "$arn" --granularity ACTION_LEVEL --query JobId --output text
        case $? in
            0) printf '%s\t%s\t%s\t%s\n' "$arn" "$name" "$(cat "$mine/job")" "$(now)" >>"$mine/jobs" ;;
            9) return 9 ;;
            *) refused "$arn" '' 0 ;;
        esac
    done <"$mine/round"
    while IFS=$tab read -r arn name job started; do
        fetch "$arn" "$name" "$job" "$started" || return 9
    done <"$mine/jobs"
}

# worker NUMBER: every WORKERS-th entity, in rounds.
worker() {
    mine=$tmp/$1
    mkdir -p -- "$mine" && awk -v n="$WORKERS" -v i="$1" 'NR % n == i' "$tmp/todo" >"$mine/all"
    first=1
    while sed -n "$first,$((first + ROUND - 1))p" "$mine/all" >"$mine/round" && [ -s "$mine/round" ]; do
        stopped && return
        renew || return
        round || return
        first=$((first + ROUND))
    done
}

# assume ACCOUNT: the credentials of ORG_ROLE there. They go into variables and to no file.
assume() {
    key='' secret='' token=''
    errors=${mine:-$tmp}/assume.err
    wait_for=$BACKOFF tries=0
    until answer=$(aws sts assume-role --role-arn "arn:$partition:iam::$1:role/$ORG_ROLE" --role-session-name dormant-collect \
        --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text 2>"$errors"); do
        once_more "$errors" || return
    done
    # shellcheck disable=SC2086 # Three words.
    set -- $answer
    error='assume-role gave no credentials'
    [ $# = 3 ] || return 1
    key=$1 secret=$2 token=$3 assumed=$(now)
}

renew() {
    [ -n "$key" ] && [ $(($(now) - assumed)) -gt "$RENEW" ] || return 0
    assume "$account"
}

# beside NAME ARGUMENT…: another answer of the account, saved whole or not at all.
beside() {
    target=$folder/$1.json
    shift
    if [ -s "$target" ] && is_recent "$target"; then return 0; fi
    if call "$tmp/beside" "$@" --output json; then
        mv -f -- "$tmp/beside" "$target"
        return
    fi
    [ -e "$tmp/expired" ] || note "arn:$partition:iam::$account:root" '' error "$account/${target##*/}" 0 "$error"
    return 1
}

credential_report() {
    if [ -s "$folder/credential-report.json" ] && is_recent "$folder/credential-report.json"; then return 0; fi
    begun=$(now)
    while call "$tmp/state" iam generate-credential-report --query State --output text; do
        ! grep -q COMPLETE "$tmp/state" || break
        [ $(($(now) - begun)) -le "$PATIENCE" ] || break
        sleep "$PAUSE"
    done
    beside credential-report iam get-credential-report
}

# entities: the ARNs of everything that can hold permissions, into $tmp/arns.
entities() {
    call "$tmp/entities" iam get-account-authorization-details --filter User Role Group \
        --query '[UserDetailList,RoleDetailList,GroupDetailList][].Arn' --output text || return 1
    call "$tmp/policies" iam list-policies --scope Local --only-attached --query 'Policies[].Arn' --output text || return 1
    # The client prints one line a page, ARNs with tabs between them; `None` is an empty list.
    cat "$tmp/entities" "$tmp/policies" | tr -s '[:blank:]' '\n' | grep '^arn:' | sort -u >"$tmp/arns"
}

# collect ACCOUNT: everything about one account, into DIR/ACCOUNT.
collect() {
    account=$1 folder=$dir/$1
    mkdir -p -- "$folder" || return 1
    if ! entities; then
        [ -e "$tmp/expired" ] || refused "arn:$partition:iam::$account:root" '' 0
        return 1
    fi
    beside account-authorization-details iam get-account-authorization-details
    credential_report
    [ ! -e "$tmp/expired" ] || return 1
    named <"$tmp/arns" | while IFS=$(printf '\t') read -r arn name; do
        saved=$folder/$(file_name "$arn" "$name")
        if is_complete "$saved" && is_recent "$saved"; then printf x >>"$tmp/saved"; else printf '%s\t%s\n' "$arn" "$name"; fi
    done >"$tmp/todo"
    total=$(wc -l <"$tmp/arns") left=$(wc -l <"$tmp/todo")
    say "account $account: $((total)) entities, $((left)) to fetch; about $((left * 3 / 120 + 1)) minutes"
    told=$(wc -l <"$log")
    : >"$tmp/begun"
    workers='' number=0
    while [ "$number" -lt "$WORKERS" ]; do
        worker "$number" &
        workers="$workers $!"
        number=$((number + 1))
    done
    wait
    workers=
    [ -e "$tmp/expired" ] || unreached
}

# unreached: what was to be fetched, is not saved and has no line of this run. A worker that ends early (a session that cannot be renewed, too little memory)
# leaves the rest of its share.
unreached() {
    tail -n "+$((told + 1))" "$log" >"$tmp/told"
    while IFS=$(printf '\t') read -r arn name; do
        grep -q -F -e "$(quoted "$arn")," "$tmp/told" && continue
        saved=$folder/$(file_name "$arn" "$name")
        if is_complete "$saved" && [ -n "$(find "$saved" -newer "$tmp/begun")" ]; then continue; fi
        note "$arn" '' error '' 0 'not reached: its process ended, or the role could not be assumed again'
        say "not saved: $arn: not reached"
    done <"$tmp/todo"
}

organization() {
    if ! call "$tmp/accounts" organizations list-accounts --query 'Accounts[].[Id,State,Status]' --output text; then
        say "the accounts of the organization cannot be listed: $error"
        exit 1
    fi
    # State took the place of Status in 2025; older clients know Status alone.
    awk '$2 == "ACTIVE" || $3 == "ACTIVE" { print $1 }' "$tmp/accounts" | grep -v -x "$own" >"$tmp/members"
    while read -r member <&3; do
        [ ! -e "$tmp/expired" ] || return
        if assume "$member"; then
            collect "$member"
        elif [ ! -e "$tmp/expired" ]; then
            refused "arn:$partition:iam::$member:role/$ORG_ROLE" '' 0
        fi
    done 3<"$tmp/members"
    key='' secret='' token=''
}

if ! call "$tmp/identity" sts get-caller-identity --query '[Account,Arn]' --output text; then
    say "no credentials that work: $error"
    exit 1
fi
read -r own identity <"$tmp/identity"
partition=${identity#arn:}
partition=${partition%%:*}
again="sh collect.sh ${since:+--since-days $since }$dir"
say "into $dir; after an interruption: $again"
[ -z "$ORG_ROLE" ] || organization
[ -e "$tmp/expired" ] || collect "$own"

if [ -e "$tmp/expired" ]; then
    say "stopped: $(cat "$tmp/expired")"
    say "what is saved is whole; log in again and run: $again"
    exit 1
fi
if [ ! -e "$tmp/short" ]; then
    say "everything is saved; next: dormant report $dir -o audit"
    exit 0
fi
say "not everything could be saved; $log says what and why"
[ -e "$tmp/saved" ] || exit 1
exit 3
