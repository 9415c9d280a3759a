#!/usr/bin/env python3
"""Saves what AWS recorded about the last use of permissions, one file per entity, for `dormant report DIR`.

Printed by `dormant collect-script --shell python`. Read it before you run it: it runs with your credentials.

    python3 collect.py [--since-days DAYS] [DIR]        DIR is dumps/<today> unless you name it

It needs Python 3.9 and boto3. It only starts and fetches reports of IAM, and writes below DIR alone. Run it again with the same DIR after
an interruption: what is complete is not fetched again. With --since-days 30 what was saved 30 days ago or earlier is: the new answer takes
the place of the old one when it is whole. To keep both, name another DIR. Exit code: 0 everything is saved, 3 some of it is, 1 nothing is,
or the credentials have expired; 2 the options are wrong.
"""

import argparse
import base64
import csv
import json
import os
import sys
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

# The role to assume in every account of the organization; empty for the account of your credentials alone.
ORG_ROLE = '@ORG_ROLE@'
# Entities that are worked on at once; AWS slows down clients that ask for many more.
WORKERS = 5
# Jobs that one worker starts before it fetches the first of them.
ROUND = 10
# Seconds: between two looks at an unfinished job, how long a job may take, and before a refused call is repeated.
PAUSE = float(os.environ.get("COLLECT_PAUSE", "2"))
PATIENCE = float(os.environ.get("COLLECT_PATIENCE", "300"))
BACKOFF = float(os.environ.get("COLLECT_BACKOFF", "5"))
# A session of an assumed role lives an hour, and only the session that started a job may fetch it: renewed between two rounds.
RENEW = 2400
# What was saved before this instant (seconds since 1970) is fetched again.
OLD = 0.0

# The last five are what botocore itself says of a session that it cannot renew.
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId"} | {
    "UnauthorizedSSOTokenError",
    "SSOTokenLoadError",
    "TokenRetrievalError",
    "CredentialRetrievalError",
    "LoginRefreshRequired",
}
TOO_FREQUENT = {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "ServiceUnavailable", "ServiceFailure"}
CONFIG = Config(retries={"mode": "adaptive", "max_attempts": 10}, max_pool_connections=20)


class Expired(Exception):
    """The credentials are no longer good: everything stops, and a later run goes on."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def code_of(error):
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else type(error).__name__


def call(operation, **arguments):
    """One call. Waits where AWS says that calls are too frequent, beyond what boto3 waits by itself."""
    wait = BACKOFF
    for attempt in range(7):
        try:
            return operation(**arguments)
        except NoCredentialsError as error:
            raise Expired(str(error)) from error
        except (ClientError, BotoCoreError) as error:
            if code_of(error) in EXPIRED:
                raise Expired(str(error)) from error
            if attempt == 6 or code_of(error) not in TOO_FREQUENT:
                raise
        time.sleep(wait)
        wait *= 2
    raise AssertionError("the last attempt returns or raises")


def document(answer):
    """An answer as the command line saves it: dates in ISO 8601, bytes as base64 text, without the headers of the reply."""

    def spelt(value):
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        raise TypeError(type(value).__name__)

    kept = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    return json.dumps(kept, indent=4, default=spelt) + "\n"


def write(path, text):
    """Writes a file as a whole or not at all."""
    # The name at the end keeps the ARN readable, in case everything is killed between the two lines below.
    aside = path.with_name(f".collect.{os.getpid()}.{threading.get_native_id()}.{path.name}")
    with open(aside, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
    os.replace(aside, path)


def is_recent(path):
    return path.exists() and path.stat().st_mtime > OLD


def sweep(folder):
    """Removes what a killed run has left: a file is there for an instant before it gets its name."""
    for part in folder.glob(".collect.*"):
        if time.time() - part.stat().st_mtime > 60:
            part.unlink(missing_ok=True)


class Log:
    """collected.csv, and what the run came to."""

    def __init__(self, folder):
        self.path = folder / "collected.csv"
        self.lock = threading.Lock()
        self.saved = self.short = 0
        if not self.path.exists():
            self.row("arn", "job_id", "status", "file", "seconds", "error")

    def row(self, *cells):
        with self.lock, open(self.path, "a", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerow(cells)

    def note(self, arn, job, status, file="", seconds=0, error=""):
        self.row(arn, job, status, file, round(seconds), " ".join(str(error).split())[:400])
        with self.lock:
            self.saved += status == "complete"
            self.short += status != "complete"
        say(f"saved {arn}" if status == "complete" else f"not saved: {arn}: {status} {error}")

    def refused(self, arn, job, error, seconds=0):
        status = {"NoSuchEntity": "gone", "NoSuchEntityException": "gone", "AccessDenied": "denied", "AccessDeniedException": "denied"}
        self.note(arn, job, status.get(code_of(error), "error"), seconds=seconds, error=error)


class Account:
    """One account: its client, its folder, and who may renew the client."""

    def __init__(self, number, partition, folder, log, client, renew=None):
        self.number, self.partition, self.log = number, partition, log
        self.folder = folder / number
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.client, self.renew, self.made = client, renew, time.monotonic()
        self.lock, self.stop = threading.Lock(), threading.Event()

    def current(self):
        """The client for a whole round, renewed when its session is old."""
        with self.lock:
            if self.renew and time.monotonic() - self.made > RENEW:
                self.client, self.made = self.renew(), time.monotonic()
            return self.client

    def pages(self, operation, **arguments):
        """All pages of an answer that names its lists, as one."""
        whole = {}
        marker = {}
        while True:
            answer = call(getattr(self.client, operation), **arguments, **marker)
            for name, value in answer.items():
                if isinstance(value, list):
                    whole.setdefault(name, []).extend(value)
            if not answer.get("IsTruncated"):
                return whole
            marker = {"Marker": answer["Marker"]}

    def beside(self, name, answer):
        path = self.folder / f"{name}.json"
        if is_recent(path):
            return
        try:
            write(path, document(answer()))
        except (ClientError, BotoCoreError) as error:
            self.log.refused(f"arn:{self.partition}:iam::{self.number}:root", "", error)

    def credential_report(self):
        until = time.monotonic() + PATIENCE
        while call(self.client.generate_credential_report).get("State") != "COMPLETE" and time.monotonic() < until:
            time.sleep(PAUSE)
        return call(self.client.get_credential_report)

    def collect(self):
        sweep(self.folder)
        root = f"arn:{self.partition}:iam::{self.number}:root"
        try:
            details = self.pages("get_account_authorization_details")
            policies = self.pages("list_policies", Scope="Local", OnlyAttached=True).get("Policies", [])
        except (ClientError, BotoCoreError) as error:
            self.log.refused(root, "", error)
            return
        self.beside("account-authorization-details", lambda: details)
        self.beside("credential-report", self.credential_report)
        lists = [details.get(name, []) for name in ("UserDetailList", "RoleDetailList", "GroupDetailList")] + [policies]
        arns = sorted({entity["Arn"] for entities in lists for entity in entities})
        todo = [arn for arn in arns if not self.is_saved(arn)]
        self.log.saved += len(arns) - len(todo)
        say(f"account {self.number}: {len(arns)} entities, {len(todo)} to fetch; about {len(todo) // 120 + 1} minutes")
        rounds = [todo[first : first + ROUND] for first in range(0, len(todo), ROUND)]
        with ThreadPoolExecutor(WORKERS) as pool:
            for done in [pool.submit(self.round, arns) for arns in rounds]:
                done.result()
        sweep(self.folder)

    def round(self, arns):
        """Starts a job for each, then fetches them in the same order: meanwhile the later ones get done."""
        try:
            if self.stop.is_set():
                return
            jobs = []
            try:
                client = self.current()
            except (ClientError, BotoCoreError) as error:
                # The role cannot be assumed again: what is saved stays, and the next account has its turn.
                for arn in arns:
                    self.log.refused(arn, "", error)
                return
            for arn in arns:
                try:
                    answer = call(client.generate_service_last_accessed_details, Arn=arn, Granularity="ACTION_LEVEL")
                    jobs.append((arn, answer["JobId"], time.monotonic()))
                except (ClientError, BotoCoreError) as error:
                    self.log.refused(arn, "", error)
            for arn, job, started in jobs:
                if self.stop.is_set():
                    return
                self.fetch(client, arn, job, started)
        except Expired:
            self.stop.set()
            raise

    def fetch(self, client, arn, job, started):
        """Waits for a job, and saves all of its pages or nothing."""
        pages, marker = [], {}
        try:
            while True:
                answer = call(client.get_service_last_accessed_details, JobId=job, MaxItems=1000, **marker)
                seconds = time.monotonic() - started
                if answer["JobStatus"] == "FAILED":
                    # An earlier answer that is whole says more.
                    if not self.is_whole(arn):
                        write(self.file(arn), self.told(arn, answer))
                    kept = "the job failed; the answer is kept, or an earlier one that is whole"
                    return self.log.note(arn, job, "failed", f"{self.number}/{self.file(arn).name}", seconds, kept)
                if answer["JobStatus"] != "COMPLETED":
                    if seconds > PATIENCE:
                        return self.log.note(arn, job, "timeout", seconds=seconds, error=f"not done after {PATIENCE:.0f} seconds")
                    time.sleep(PAUSE)
                    continue
                pages.append(self.told(arn, answer))
                if not answer.get("IsTruncated"):
                    break
                marker = {"Marker": answer["Marker"]}
        except (ClientError, BotoCoreError) as error:
            return self.log.refused(arn, job, error, time.monotonic() - started)
        # Pages one after another in one file: a name for each could be taken for another entity's, and a half of them for the whole.
        write(self.file(arn), "".join(pages))
        return self.log.note(arn, job, "complete", f"{self.number}/{self.file(arn).name}", time.monotonic() - started)

    def told(self, arn, answer):
        """A name of more than 255 bytes is no file name, so the ARN goes into the document: {ARN: answer}."""
        return document(answer) if not self.is_long(arn) else f"{{{json.dumps(arn)}:\n{document(answer)}}}\n"

    def is_long(self, arn):
        return len(quote(arn, safe="+=,@")) > 200

    def file(self, arn):
        """Percent-encoded, so that `dormant` reads the ARN back exactly."""
        name = f"long-{zlib.crc32(arn.encode())}-{len(arn)}" if self.is_long(arn) else quote(arn, safe="+=,@")
        return self.folder / f"{name}.json"

    def is_whole(self, arn):
        path = self.file(arn)
        return path.exists() and '"JobStatus": "COMPLETED"' in path.read_text(encoding="utf-8")

    def is_saved(self, arn):
        return self.is_whole(arn) and is_recent(self.file(arn))


def assume(sts, partition, number):
    """The IAM client of ORG_ROLE in an account. Its credentials stay in memory."""
    arn = f"arn:{partition}:iam::{number}:role/{ORG_ROLE}"
    keys = call(sts.assume_role, RoleArn=arn, RoleSessionName="dormant-collect")["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], sts.meta.region_name)
    return session.client("iam", config=CONFIG)


def organization(session, sts, partition, own, folder, log):
    accounts = session.client("organizations", config=CONFIG).get_paginator("list_accounts").paginate()
    # State took the place of Status in 2025; older clients know Status alone.
    active = [account["Id"] for page in accounts for account in page["Accounts"] if "ACTIVE" in (account.get("State"), account.get("Status"))]
    for number in active:
        if number == own:
            continue
        try:
            client = assume(sts, partition, number)
        except (ClientError, BotoCoreError) as error:
            log.refused(f"arn:{partition}:iam::{number}:role/{ORG_ROLE}", "", error)
            continue
        Account(number, partition, folder, log, client, lambda number=number: assume(sts, partition, number)).collect()


def days(text):
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def main(arguments, session=None):
    global OLD
    os.umask(0o077)
    today = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    options = argparse.ArgumentParser(prog="collect.py")
    options.add_argument("--since-days", type=days, metavar="DAYS", help="fetch again what was saved so many days ago or earlier")
    options.add_argument("dir", nargs="?", default=f"dumps/{today}", metavar="DIR")
    typed = options.parse_args(arguments)
    OLD = time.time() - typed.since_days * 86400 if typed.since_days else 0.0
    folder = Path(typed.dir)
    again = f"python3 collect.py {f'--since-days {typed.since_days} ' if typed.since_days else ''}{folder}"
    folder.mkdir(parents=True, exist_ok=True)
    session = session or boto3.Session()
    log = Log(folder)
    try:
        sts = session.client("sts", config=CONFIG)
        identity = call(sts.get_caller_identity)
        own, partition = identity["Account"], identity["Arn"].split(":")[1]
        say(f"into {folder}; after an interruption: {again}")
        if ORG_ROLE:
            organization(session, sts, partition, own, folder, log)
        Account(own, partition, folder, log, session.client("iam", config=CONFIG)).collect()
    except Expired as error:
        say(f"stopped: {error}")
        say(f"what is saved is whole; log in again and run: {again}")
        return 1
    except (ClientError, BotoCoreError) as error:
        say(f"stopped: {error}")
        return 1
    if not log.short:
        say(f"everything is saved; next: dormant report {folder} -o audit")
        return 0
    say(f"not everything could be saved; {log.path} says what and why")
    return 3 if log.saved else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
