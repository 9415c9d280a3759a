#!/usr/bin/env python3
"""Random estates of saved last-accessed answers, the same for the same seed.

    python3 estate.py OUT --seed 7 --accounts 3 --entities 8 --dates 4 [--hard]

Writes OUT/<date>/<account>/<type>/<n>.json as aws-cli v2 prints the answer, with an `Arn` member added, so that there is no
doubt whom a dump is about. What the estates hold is chosen to hurt: accesses at the thresholds to the second, accesses
after the dump, windows too short to conclude anything, pending, failed, empty and cut answers, the two levels mixed over the
dates of one entity. `--hard` adds what only hostile or careless savers write: unreadable dates, other spellings of dates and of
"never", copies of a file, an AWS-managed policy saved in several accounts.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from services import OTHER_NAMES, SERVICES

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SECOND = 1000
DAY = 86_400_000

REGIONS = ["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2"]
GOV_REGIONS = ["us-gov-east-1", "us-gov-west-1"]
NAMESPACES = list(SERVICES)
THRESHOLDS = [6, 7, 29, 30, 59, 60, 89, 90, 180, 365, 400]
UNREADABLE = ["14/05/2024 10:00:00", "2024-13-45T00:00:00Z", "last Tuesday", "05/14/2024 9:00 AM"]
SPELT_NEVER = [None, "", "N/A", "0001-01-01T00:00:00+00:00", "1970-01-01T00:00:00+00:00"]

SHARED_ROLES = ["app-api", "deploy", "reader", "backup-runner", "etl"]
PERMISSION_SETS = ["AdministratorAccess", "Data_Team", "ReadOnly"]
LINKED_SERVICES = ["autoscaling", "elasticloadbalancing", "rds", "guardduty", "ecs"]
PATHS = ["", "", "app/", "team/data/", "ci/"]


def millis(text: str) -> int:
    return (datetime.fromisoformat(text).replace(tzinfo=timezone.utc) - EPOCH) // timedelta(milliseconds=1)


def moment(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def spell(ms: int) -> str:
    """As aws-cli v2 does: Python's isoformat, which leaves a zero fraction out."""
    return moment(ms).isoformat()


@dataclass
class Use:
    """What is recorded of one permission: a last access, none, or (lost) one without a date."""

    at: int | None = None
    by: str = ""
    region: str = ""
    total: int = 0
    lost: bool = False
    raw: object = ...  # the date member as a careless saver writes it


@dataclass
class Grant:
    """One service that an entity may use, with the actions that AWS would list."""

    use: Use
    actions: dict[str, Use] = field(default_factory=dict)


@dataclass
class Subject:
    """An entity and what it may do, as it changes from date to date."""

    arn: str
    account: str
    kind: str
    mode: str  # which levels are asked for: service, action, mixed, both, action-first
    first: int  # index of the first and last date on which it exists
    last: int
    users: list[str]
    regions: list[str]
    grants: dict[str, Grant] = field(default_factory=dict)


class Estate:
    def __init__(self, seed: int, accounts: int, entities: int, dates: int, hard: bool) -> None:
        self.rng = random.Random(f"estate {seed} {accounts} {entities} {dates} {hard}")
        self.hard = hard
        self.days = self.choose_days(seed, dates)
        self.subjects = [subject for n in range(accounts) for subject in self.choose_account(n, accounts, entities)]

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    # ------------------------------------------------------------------------------------------------ who and when

    def choose_days(self, seed: int, count: int) -> list[int]:
        """By the seed: recent days, days when action tracking was young, or days all over the years."""
        recent, young, all_years = ("2025-01-05", "2026-05-20"), ("2021-04-09", "2023-12-20"), ("2020-06-01", "2026-05-20")
        first, last = [recent, young, all_years][seed % 3]
        days = {millis(first) // DAY + self.rng.randrange((millis(last) - millis(first)) // DAY) for _ in range(count)}
        if seed % 3:  # some of them a threshold after a tracking start
            for _ in range(max(1, count // 2)):
                start = self.rng.choice(["2021-04-07", "2023-05-23", "2023-05-23", "2023-07-01"])
                days.add(millis(start) // DAY + self.rng.choice([29, 30, 89, 90, 91]))
        days = sorted(days)
        self.rng.shuffle(days)
        return sorted(days[:count])

    def choose_account(self, n: int, accounts: int, entities: int) -> list[Subject]:
        account = f"{self.rng.randrange(10**11, 10**12)}"
        partition = "aws"
        if accounts > 1 and n == accounts - 1:
            partition = self.rng.choice(["aws", "aws-us-gov", "aws-cn"])
        regions = GOV_REGIONS if partition == "aws-us-gov" else REGIONS
        prefix = f"arn:{partition}:iam::{account}:"
        resources = self.choose_resources(entities)
        members = [prefix + r for r in resources if r.startswith(("user/", "role/"))]
        subjects = []
        for resource in resources:
            kind = resource.split("/")[0]
            managed = resource == "policy/AWS-MANAGED"
            arn = f"arn:{partition}:iam::aws:policy/job-function/ViewOnlyAccess" if managed else prefix + resource
            mode = self.rng.choice(["service", "action", "action", "mixed", "mixed", "both", "action-first"])
            first = 0 if self.chance(0.7) else self.rng.randrange(len(self.days))
            last = len(self.days) - 1 if self.chance(0.8) else self.rng.randrange(first, len(self.days))
            of_group = [prefix + "user/alice" if kind == "group" and ":role/" in one else one for one in members]  # rule 47
            users = [arn] if kind in ("user", "role") else of_group
            subjects.append(Subject(arn, account, kind, mode, first, last, users, regions))
        return subjects

    def choose_resources(self, count: int) -> list[str]:
        """The ARNs' last parts: a user and a shared role in every account, the rest by chance."""
        found = {"user/alice": None, f"role/{self.rng.choice(PATHS)}{SHARED_ROLES[0]}": None}
        names = {"user/alice", f"role/{SHARED_ROLES[0]}"}
        while len(found) < max(2, count):
            resource = self.choose_resource()
            kind, name = resource.split("/")[0], resource.split("/")[-1]
            if f"{kind}/{name}" not in names:  # names are unique whatever their path
                names.add(f"{kind}/{name}")
                found[resource] = None
        if self.hard and count > 4:
            found["policy/AWS-MANAGED"] = None
        return list(found)

    def choose_resource(self) -> str:
        number = self.rng.randrange(10**4)
        path = self.rng.choice(PATHS)
        odd = "+a=b,c@d.e_f" if self.hard and self.chance(0.2) else ""
        match self.rng.randrange(12):
            case 0 | 1 | 2:
                return f"user/{path}user{number}{odd}"
            case 3 | 4:
                return f"role/{path}{self.rng.choice(SHARED_ROLES)}"
            case 5 | 6:
                return f"role/{path}svc-{number}{odd}"
            case 7:
                service = self.rng.choice(LINKED_SERVICES)
                return f"role/aws-service-role/{service}.amazonaws.com/AWSServiceRoleFor{service.title()}"
            case 8:
                region = self.rng.choice(["", "eu-west-1/"])
                name = f"AWSReservedSSO_{self.rng.choice(PERMISSION_SETS)}_{self.rng.randrange(16**16):016x}"
                return f"role/aws-reserved/sso.amazonaws.com/{region}{name}"
            case 9:
                return f"group/{path}{self.rng.choice(['devs', 'ops', 'audit'])}-{number}"
            case _:
                return f"policy/{path}{self.rng.choice(['Deploy', 'Read', 'Boundary'])}{number}"

    # ------------------------------------------------------------------------------------------------ what happens

    def access(self, subject: Subject, as_of: int) -> Use:
        """An access as a dump made at `as_of` might record it."""
        match self.rng.randrange(8):
            case 0 | 1 | 2:
                at = as_of - self.rng.choice(THRESHOLDS) * DAY + self.rng.choice([-1, 0, 1]) * SECOND
            case 3 | 4:
                at = as_of - self.rng.randrange(40 * DAY)
            case 5:
                at = as_of - self.rng.randrange(990 * DAY)
            case 6:
                at = as_of - self.rng.randrange(500 * DAY)
            case _:
                at = as_of + self.rng.randrange(2 * DAY) if self.chance(0.2) else as_of - self.rng.randrange(DAY)
        at = at // SECOND * SECOND
        total = 1 if len(subject.users) == 1 else self.rng.randint(1, 5)
        region = self.rng.choice(subject.regions) if self.chance(0.9) else ""
        use = Use(at, self.rng.choice(subject.users), region, total)
        if self.hard and self.chance(0.05):
            use.raw = self.rng.choice([
                *UNREADABLE,
                moment(at).strftime("%Y-%m-%dT%H:%M:%SZ"), moment(at).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                str(moment(at)), moment(at).astimezone(timezone(timedelta(hours=2))).isoformat(),
            ])  # fmt: skip
        return use

    def no_access(self, is_service: bool) -> Use:
        if is_service and self.chance(0.04):
            return Use(total=self.rng.randint(1, 3), lost=True)
        return Use(raw=self.rng.choice(SPELT_NEVER)) if self.hard and self.chance(0.05) else Use()

    def new_use(self, subject: Subject, as_of: int, is_service: bool, likely: float) -> Use:
        return self.access(subject, as_of) if self.chance(likely) else self.no_access(is_service)

    def new_grant(self, subject: Subject, namespace: str, as_of: int) -> Grant:
        grant = Grant(self.new_use(subject, as_of, True, 0.55))
        names = SERVICES[namespace][1]
        if self.chance(0.85):
            likely = 0.4 if grant.use.at is not None else 0.05
            for name in self.rng.sample(names, self.rng.randint(1, len(names))):
                grant.actions[name] = self.new_use(subject, as_of, False, likely)
        return grant

    def changed(self, subject: Subject, use: Use, as_of: int, is_service: bool) -> Use:
        """What the same permission shows at a later date."""
        if use.at is None:
            return self.access(subject, as_of) if self.chance(0.12) else use
        draw = self.rng.random()
        if draw < 0.5:
            return use
        if draw < 0.62:
            return self.no_access(is_service)
        if draw < 0.7:
            return Use(use.at - self.rng.randrange(SECOND, 200 * DAY) // SECOND * SECOND, use.by, use.region, use.total)
        return self.access(subject, as_of)

    def live(self, subject: Subject, as_of: int) -> None:
        """Moves the entity on to the time `as_of`."""
        if not subject.grants:
            chosen = self.rng.sample(NAMESPACES, self.rng.choice([0, 1, 3, 6, 9, 12, 26]))
            if chosen and self.chance(0.5):  # the service that most questions are about
                chosen = sorted({*chosen, "ec2"})
            for namespace in chosen:
                subject.grants[namespace] = self.new_grant(subject, namespace, as_of)
            return
        for namespace, grant in list(subject.grants.items()):
            if self.chance(0.06):
                del subject.grants[namespace]
                continue
            grant.use = self.changed(subject, grant.use, as_of, True)
            for name in list(grant.actions):
                if self.chance(0.03):
                    del grant.actions[name]
                else:
                    grant.actions[name] = self.changed(subject, grant.actions[name], as_of, False)
            for name in SERVICES[namespace][1]:
                if grant.actions and name not in grant.actions and self.chance(0.02):
                    grant.actions[name] = self.new_use(subject, as_of, False, 0.3)
        for namespace in self.rng.sample(NAMESPACES, 2):
            if namespace not in subject.grants and self.chance(0.3):
                subject.grants[namespace] = self.new_grant(subject, namespace, as_of)

    # ---------------------------------------------------------------------------------------------- how it is saved

    def date_members(self, use: Use, at: str, by: str, region: str) -> dict:
        if use.at is None:
            return {} if use.raw is ... else {at: use.raw}
        members = {at: spell(use.at) if use.raw is ... else use.raw, by: use.by}
        return members | ({region: use.region} if use.region else {})

    def service_row(self, namespace: str, grant: Grant, level: str) -> dict:
        name = SERVICES[namespace][0]
        if namespace in OTHER_NAMES and self.chance(0.4):
            name = OTHER_NAMES[namespace]
        row = {"ServiceName": name, "ServiceNamespace": namespace}
        row |= self.date_members(grant.use, "LastAuthenticated", "LastAuthenticatedEntity", "LastAuthenticatedRegion")
        row["TotalAuthenticatedEntities"] = grant.use.total
        if level == "ACTION_LEVEL" and grant.actions:
            row["TrackedActionsLastAccessed"] = [
                {"ActionName": name}
                | self.date_members(use, "LastAccessedTime", "LastAccessedEntity", "LastAccessedRegion")
                for name, use in sorted(grant.actions.items())
            ]
        return row

    def answer(self, subject: Subject, level: str, created: int, completed: int) -> dict:
        """One answer. Of a hundred, a few are pending, failed, empty or cut."""
        fate = self.rng.random()
        answer = {"JobStatus": "COMPLETED", "JobType": level, "JobCreationDate": spell(created)}
        if fate < 0.03:
            return answer | {"JobStatus": "IN_PROGRESS", "IsTruncated": False, "Arn": subject.arn}
        if fate < 0.06:
            error = {"Message": "Service last accessed data could not be generated. Try again later.", "Code": "InternalServerError"}
            end = {"JobCompletionDate": spell(completed), "IsTruncated": False, "Error": error, "Arn": subject.arn}
            return answer | {"JobStatus": "FAILED"} | end
        rows = [self.service_row(namespace, grant, level) for namespace, grant in sorted(subject.grants.items())]
        if fate < 0.08:
            rows = []
        truncated = 0.08 <= fate < 0.13 and len(rows) > 1
        if truncated:
            rows = rows[: self.rng.randrange(1, len(rows))]
        if len(rows) >= 20 and all(row["TotalAuthenticatedEntities"] for row in rows):
            rows.pop()  # twenty rows, every one used, would look like the work of a saver that filters
        answer["ServicesLastAccessed"] = rows
        if not (self.hard and self.chance(0.05)):
            answer["JobCompletionDate"] = spell(completed)
        answer["IsTruncated"] = truncated
        if truncated:
            answer["Marker"] = f"marker{self.rng.randrange(10**6)}"
        return {"Arn": subject.arn} | answer if self.chance(0.5) else answer | {"Arn": subject.arn}

    def levels(self, subject: Subject, date: int) -> list[str]:
        service, action = "SERVICE_LEVEL", "ACTION_LEVEL"
        match subject.mode:
            case "service":
                return [service]
            case "action":
                return [action]
            case "both":
                return [service, action] if self.chance(0.5) else [action, service]
            case "action-first":
                return [action] if date == subject.first else [service]
        return [self.rng.choice([service, action])]

    def job_time(self, day: int) -> int:
        """When the job of one entity ended, on that day: whole seconds as often as not, and near midnight at times."""
        if self.chance(0.2):
            return day * DAY + self.rng.choice([0, SECOND, DAY - SECOND, DAY - 1])
        time = day * DAY + self.rng.randrange(DAY)
        return time if self.chance(0.5) else time // SECOND * SECOND

    def dumps(self):
        """Yields day, entity and answer; of an entity's jobs no two of one level end at the same time."""
        for index, day in enumerate(self.days):
            for subject in self.subjects:
                if not subject.first <= index <= subject.last or self.chance(0.08):
                    continue
                times = {self.job_time(day)}
                if self.chance(0.06):
                    times.add(self.job_time(day))
                for completed in sorted(times):
                    self.live(subject, completed)
                    for level in self.levels(subject, index):
                        created = completed - self.rng.choice([0, 1333, 4000, 5001])
                        yield day, subject, self.answer(subject, level, created, completed)

    def write(self, out: Path) -> int:
        """Writes every dump, and answers how many."""
        numbers: dict[Path, int] = {}
        for day, subject, answer in self.dumps():
            folder = out / f"{moment(day * DAY):%Y-%m-%d}" / subject.account / subject.kind
            copies = 2 if self.hard and self.chance(0.03) else 1
            for _ in range(copies):
                numbers[folder] = numbers.get(folder, 0) + 1
                folder.mkdir(parents=True, exist_ok=True)
                text = json.dumps(answer, indent=4, ensure_ascii=False) + "\n"
                (folder / f"{numbers[folder]}.json").write_text(text, encoding="utf-8")
        return sum(numbers.values())


def write_estate(out: Path, seed: int, accounts: int, entities: int, dates: int, hard: bool = False) -> int:
    shutil.rmtree(out, ignore_errors=True)
    return Estate(seed, accounts, entities, dates, hard).write(out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Writes a random estate of saved last-accessed answers.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--accounts", type=int, default=3)
    parser.add_argument("--entities", type=int, default=8, help="of each account")
    parser.add_argument("--dates", type=int, default=4)
    parser.add_argument("--hard", action="store_true")
    a = parser.parse_args()
    if a.out.exists() and any(a.out.iterdir()):
        parser.error(f"{a.out} is not empty")
    print(write_estate(a.out, a.seed, a.accounts, a.entities, a.dates, a.hard), "dumps")
