"""Reads saved answers into documents: what each says about which entity, and when it was made. Nothing is judged here.

Understood are the shapes that the tests write: answers with an `Arn` member, maps by ARN, flat rows as CSV or JSON lines, with-entities
answers, Role and User objects, the lists of list-roles and its relatives, account authorization details, the credential report,
manifests, and `--also-used` tables. Rules are those of docs/reports.md, named by their numbers.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

DAY = 86_400_000  # milliseconds
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?")
SPELT_NEVER = {"", "None", "N/A", "never", "NaT"}
USABLE = ("complete", "empty", "suspect", "truncated", "used-only")  # the best first (Evidence)


def millis(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def midnight(date: str) -> int:
    """The first millisecond of the UTC day `2026-04-01`."""
    return millis(datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=timezone.utc))


def end_of_day(date: str) -> int:
    """The last millisecond of the UTC day."""
    return midnight(date) + DAY - 1


def read_instant(text: str) -> int | None:
    """Milliseconds since 1970, or None where the text is not an ISO 8601 date and time. No offset means UTC."""
    match = ISO.fullmatch(text)
    if not match:
        return None
    *parts, fraction, offset = match.groups()
    try:
        moment = datetime(*map(int, parts), tzinfo=timezone.utc)
    except ValueError:
        return None
    ms = millis(moment) + int(((fraction or "") + "000")[:3])
    if offset and offset != "Z":
        sign = -1 if offset[0] == "-" else 1
        ms -= sign * (int(offset[1:3]) * 60 + int(offset[4:6])) * 60_000
    return ms


def read_day_or_instant(text: str) -> int | None:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return midnight(text)
    return read_instant(text)


@dataclass(frozen=True, order=True)
class Entity:
    """An IAM user, role, group or policy. Account and ARN together are its identity; a label where the ARN is not known."""

    arn: str
    account: str  # empty for an AWS-managed policy saved under no account
    label: str = ""

    @property
    def partition(self) -> str:
        return self.arn.split(":")[1] if self.arn else "aws"

    @property
    def type(self) -> str:
        return self.arn.split(":", 5)[5].split("/")[0] if self.arn else ""

    @property
    def name(self) -> str:
        return self.arn.rsplit("/", 1)[1] if self.arn else self.label

    @property
    def path(self) -> str:
        """The IAM path without its first slash: ``, `app/`, `aws-reserved/sso.amazonaws.com/`."""
        return self.arn.split("/", 1)[1][: -len(self.name)] if self.arn else ""

    @property
    def aws_controlled(self) -> bool:
        """Rule 57."""
        if self.type == "policy":
            return self.arn.split(":")[4] == "aws"
        return self.type == "role" and self.path.startswith(("aws-service-role/", "aws-reserved/"))

    @property
    def remedy(self) -> str:
        """Rule 58."""
        if not self.aws_controlled:
            return "edit-policy"
        if self.type == "policy":
            return "detach-or-replace"
        return "none" if self.path.startswith("aws-service-role/") else "change-permission-set"

    @property
    def columns(self) -> tuple[str, str, str, str]:
        return self.account, self.type, self.name, self.arn


@dataclass(eq=False)
class Seen:
    """What one answer shows of one permission."""

    namespace: str
    service_name: str
    action: str  # empty for a service
    at: int | None
    undated: bool  # an access whose date is missing or cannot be read (rule 13)
    by: str
    region: str
    void: str = ""  # why it is no silence where it shows no access: `lost` (rule 14) or `strange` (rule 48)

    @property
    def accessed(self) -> bool:
        return self.at is not None or self.undated

    @property
    def key(self) -> tuple[str, str]:
        """Rule 51."""
        return self.namespace.strip().lower(), self.action.strip().lower()


@dataclass(eq=False)
class Answer:
    """One answer about one entity."""

    entity: Entity
    source: str
    named: bool  # identified by something else than a guess
    evidence: str
    made: int | None
    has_actions: bool
    strange: bool = False
    rows: list[Seen] = field(default_factory=list)
    said: bool = True  # it came with its job, or with a word about truncation
    used: tuple[int, int] = (0, 0)  # services with an access, and all

    @property
    def usable(self) -> bool:
        return self.evidence in USABLE

    @property
    def whole(self) -> bool:
        return self.evidence in ("complete", "empty") and not self.strange


@dataclass(eq=False)
class Access:
    """An access that another document than a dump of the entity shows (rules 9 to 12)."""

    entity: Entity
    namespace: str
    action: str
    at: int | None
    undated: bool
    made: int | None
    source: str
    contradicts: bool  # whether a dump that lacks it is contradicted
    by: str | None = None  # who made it, where that is not the entity itself


@dataclass(eq=False)
class Statement:
    """What any document states of an entity itself (rules 12, 18 and 21)."""

    entity: Entity
    made: int | None
    created: int | None = None
    unreadable: bool = False
    unique_id: str = ""
    last_used: int | None = None
    names: bool = False  # a listing or a description, which shows that the entity is there
    on: int | None = None  # the date in its path


@dataclass(eq=False)
class Documents:
    """All that was read."""

    answers: list[Answer] = field(default_factory=list)
    accesses: list[Access] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    unread: set = field(default_factory=set)  # entities of which a file was not read

    def extend(self, other: Documents) -> Documents:
        return Documents(
            self.answers + other.answers, self.accesses + other.accesses, self.statements + other.statements, self.unread | other.unread
        )


# ------------------------------------------------------------------------------------------------------------- whose


def entity_of(arn: str, folders: tuple[str, ...] = ()) -> Entity:
    """An AWS-managed policy belongs to the account whose folder it lies in, if it lies in one."""
    account = arn.split(":")[4]
    if account == "aws":
        numbers = [folder for folder in folders if re.fullmatch(r"\d{12}", folder)]
        account = numbers[-1] if numbers else ""
    return Entity(arn, account)


def entity_of_path(parts: tuple[str, ...]) -> Entity | None:
    """`111122223333/roles/prod-api.json`."""
    if len(parts) >= 3 and re.fullmatch(r"\d{12}", parts[-3]) and re.fullmatch(r"(user|role|group)s|policies", parts[-2]):
        kind = "policy" if parts[-2] == "policies" else parts[-2][:-1]
        return Entity(f"arn:aws:iam::{parts[-3]}:{kind}/{parts[-1].split('.')[0]}", parts[-3])
    return None


def who(arn: str) -> tuple[str, str, str] | None:
    """Account, type and name (without case) behind an IAM or STS ARN; None for ids and unreadable texts."""
    match = re.fullmatch(r"arn:[a-z-]+:(?:iam|sts)::(\d*):([a-z-]+)(?:/(.+))?", arn)
    if not match:
        return None
    account, kind, rest = match.groups()
    rest = rest or ""
    if kind == "assumed-role":
        return account, "role", rest.split("/")[0].lower()
    return account, kind, rest.rsplit("/", 1)[-1].lower()


def is_stranger(entity: Entity, arn: str) -> bool:
    """Whether an ARN cannot have made an access in the dump of this entity."""
    other = who(arn)
    if other is None:
        return False
    if entity.type in ("user", "role"):
        return other != who(entity.arn) or arn.split(":")[1] != entity.partition
    elsewhere = arn.split(":")[1] != entity.partition or bool(entity.account) and other[0] != entity.account
    return elsewhere or entity.type == "group" and other[1] == "role"


def strangers(entity: Entity, rows: list[Seen]) -> str:
    """`all` (rule 47), `some` (rule 48) or nothing."""
    if not who(entity.arn):
        return ""
    dated = [row.by for row in rows if row.at is not None]
    if dated and is_stranger(entity, dated[0]) and len(set(dated)) == 1:
        return "all"
    return "some" if any(is_stranger(entity, row.by) for row in rows if row.accessed) else ""


# ------------------------------------------------------------------------------------------------------------- answers


def made_of(answer: dict, parts: tuple[str, ...]) -> int | None:
    """The job's date, else the newest day in the path. No job takes a day (rule 8)."""
    dates = [read_instant(answer[member]) for member in ("JobCompletionDate", "JobCreationDate") if answer.get(member)]
    is_believed = len(dates) < 2 or abs(dates[0] - dates[1]) <= DAY
    for member in ("JobCompletionDate", "JobCreationDate"):
        if answer.get(member) and is_believed:
            return read_instant(answer[member])
    days = [part for part in parts[:-1] if re.fullmatch(r"\d{4}-\d\d-\d\d", part)]
    return midnight(days[-1]) if days else None


def evidence_of(answer: dict) -> str:
    status = answer.get("JobStatus", "")
    if status == "IN_PROGRESS":
        return "pending"
    if status == "FAILED":
        return "failed"
    rows = answer["ServicesLastAccessed"]
    if answer.get("IsTruncated") or answer.get("Marker"):
        return "truncated"
    if not rows:  # some clients write an empty list while the job runs
        return "empty" if status else "pending"
    if not status and "IsTruncated" not in answer and all(used(row) for row in rows):
        return "used-only"
    if len(rows) in (100, 200, 1000) and "IsTruncated" not in answer:
        return "suspect"
    return "complete"


def used(row: dict) -> bool:
    return read_access(row.get("LastAuthenticated"), row.get("TotalAuthenticatedEntities") or 0, "", "") != (None, False)


def read_access(text, entities: int, by: str, region: str) -> tuple[int | None, bool]:
    """The date, and whether there was an access whose date is not known (rule 13)."""
    trace = entities > 0 or bool(by) or bool(region)
    if text is None or text in SPELT_NEVER:
        return None, trace
    accessed = read_instant(text)
    if accessed == 0 or text.startswith("0001-"):  # what "no date" becomes in other languages
        return None, trace
    return accessed, accessed is None


def has_date(text) -> bool:
    return not (text is None or text in SPELT_NEVER or text.startswith("0001-") or read_instant(text) == 0)


def read_rows(answer: dict) -> list[Seen]:
    rows, dated, counted = [], False, False
    # A service may have several rows, which are one.
    with_date, with_dated_action = set(), set()
    for service in answer["ServicesLastAccessed"]:
        namespace, name = service["ServiceNamespace"], service.get("ServiceName") or ""
        by, region = service.get("LastAuthenticatedEntity") or "", service.get("LastAuthenticatedRegion") or ""
        total = service.get("TotalAuthenticatedEntities") or 0
        own = has_date(service.get("LastAuthenticated"))
        dated, counted = dated or own, counted or total > 0
        if own:
            with_date.add(namespace.lower())
        rows.append(Seen(namespace, name, "", *read_access(service.get("LastAuthenticated"), total, by, region), by, region))
        for action in service.get("TrackedActionsLastAccessed") or []:
            by, region = action.get("LastAccessedEntity") or "", action.get("LastAccessedRegion") or ""
            dated = dated or has_date(action.get("LastAccessedTime"))
            if has_date(action.get("LastAccessedTime")):
                with_dated_action.add(namespace.lower())
            accessed = read_access(action.get("LastAccessedTime"), 0, by, region)
            rows.append(Seen(namespace, name, action["ActionName"], *accessed, by, region))
    every_date_lost, services_lost = counted and not dated, bool(with_dated_action - with_date)  # rule 14
    for row in rows:
        if every_date_lost or (services_lost and not row.action):
            row.void = "" if row.accessed else "lost"
    return rows


def read_answer(entity: Entity, answer: dict, source: str, parts: tuple[str, ...], named: bool) -> Answer:
    evidence = evidence_of(answer)
    made = made_of(answer, parts)
    if evidence in ("pending", "failed"):
        return Answer(entity, source, named, evidence, made, False)
    rows = read_rows(answer)
    taken_out = rows and all("TotalAuthenticatedEntities" not in row for row in answer["ServicesLastAccessed"])
    has_actions = any(row.action for row in rows) or (answer.get("JobType") == "ACTION_LEVEL" and not taken_out)
    totals = [row.get("TotalAuthenticatedEntities") or 0 for row in answer["ServicesLastAccessed"]]
    counts_several = entity.type in ("user", "role") and any(total > 1 for total in totals)
    strange = strangers(entity, rows) or ("some" if counts_several else "")
    if strange == "all":
        return Answer(entity, source, named, "contradicted", made, False, rows=rows)
    if strange:
        for row in rows:
            row.void = "" if row.accessed else row.void or "strange"
    said = bool(answer.get("JobStatus") or answer.get("Marker")) or "IsTruncated" in answer
    listed = answer["ServicesLastAccessed"]
    counts = sum(1 for row in listed if used(row)), len(listed)
    return Answer(entity, source, named, evidence, made, has_actions, bool(strange), rows, said, counts)


def date_of(text) -> tuple[int | None, bool]:
    """A creation date, and whether it cannot be read."""
    if not text:
        return None, False
    value = read_day_or_instant(str(text))
    return value, value is None


def statement(entity: Entity, thing: dict, made: int | None) -> Statement:
    created, unreadable = date_of(thing.get("CreateDate"))
    unique = next((thing[m] for m in ("RoleId", "UserId", "GroupId", "PolicyId") if thing.get(m)), "")
    last = (thing.get("RoleLastUsed") or {}).get("LastUsedDate") or thing.get("PasswordLastUsed")
    return Statement(entity, made, created, unreadable, unique, read_instant(last) if last else None)


# ------------------------------------------------------------------------------------------------------------- files


def load(paths: list[Path | str], manifest: str | None = None, also_used: str | None = None, made_at: str | None = None) -> Documents:
    """Everything below the paths; the same answer found twice for one entity counts once."""
    found, seen = Documents(), set()
    listed = read_manifest(manifest) if manifest else {}
    files = []
    for root in paths:
        for file in [Path(root)] if Path(root).is_file() else [path for path in Path(root).rglob("*") if path.is_file()]:
            parts = file.relative_to(root).parts if Path(root).is_dir() else (file.name,)
            files.append((f"{root}/{'/'.join(parts)}" if Path(root).is_dir() else str(root), file, parts))
    for source, file, parts in sorted(files):
        found = found.extend(read_file(file, source, parts, seen, listed))
    suspect_silent_lists(found.answers)
    found.statements += [Statement(entity, None, *date_of(created)) for entity, created in listed.values()]
    if made_at:
        for answer in found.answers:
            answer.made = read_day_or_instant(made_at) if answer.made is None else answer.made
    if also_used:
        found.accesses += read_also_used(also_used)
    return found


def suspect_silent_lists(answers: list[Answer]) -> None:
    """Rule 49: lists without their answers that show no access, where no such list shows any: the saver may have left the others out."""
    unsaid = [answer for answer in answers if not answer.said]
    if not any(0 < answer.used[0] < answer.used[1] for answer in unsaid):
        for answer in unsaid:
            if answer.evidence == "complete" and answer.used[0] == 0:
                answer.evidence = "suspect"


def read_manifest(path: str) -> dict[str, tuple[Entity, str]]:
    rows = csv.DictReader(io.StringIO(Path(path).read_text(encoding="utf-8")))
    return {row["path"]: (entity_of(row["arn"]), row.get("created_at") or "") for row in rows}


def read_also_used(path: str) -> list[Access]:
    text = Path(path).read_text(encoding="utf-8")
    lines = text.lstrip().startswith("{")
    rows = [json.loads(line) for line in text.splitlines() if line.strip()] if lines else list(csv.DictReader(io.StringIO(text)))
    found = []
    for row in rows:
        at = read_day_or_instant(row["time"])
        found.append(Access(entity_of(row["arn"]), row["service"], row.get("action") or "", at, at is None, at, path, False))
    return found


def read_file(file: Path, source: str, parts: tuple[str, ...], seen: set, listed: dict) -> Documents:
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix == ".csv":
        return read_csv(text, source, parts)
    if file.suffix not in (".json", ".jsonl"):
        return Documents()
    try:
        values = [json.loads(line) for line in text.splitlines()] if file.suffix == ".jsonl" else [json.loads(text)]
    except ValueError:
        entity = entity_of_path(parts)
        return Documents(unread={entity} if entity else set())
    if values and all(isinstance(value, dict) and "principal_arn" in value for value in values):
        return flat_rows(values, source, parts)
    found = Documents()
    for value in values:
        found = found.extend(read_value(value, source, parts, seen, listed))
    return found


def read_csv(text: str, source: str, parts: tuple[str, ...]) -> Documents:
    rows = list(csv.DictReader(io.StringIO(text)))
    if rows and "user_creation_time" in rows[0]:
        users = [row for row in rows if ":user/" in row["arn"]]
        keys = [access for row in users for access in uses_of_keys(row, source)]
        return Documents(accesses=keys, statements=[credentials(row) for row in users])
    return flat_rows(rows, source, parts) if rows and "principal_arn" in rows[0] else Documents()


def credentials(row: dict) -> Statement:
    dates = [row.get(c) for c in ("password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date")]
    used_at = [read_instant(date) for date in dates if date and read_instant(date)]
    return Statement(entity_of(row["arn"]), None, *date_of(row["user_creation_time"]), "", max(used_at, default=None))


# Services of which an access key has the name of the endpoint (rules 10 and 12).
OF_KEYS = {"monitoring": "cloudwatch", "email": "ses", "tagging": "tag", "iotdata": "iot", "iotdevicegateway": "iot"}


def uses_of_keys(row: dict, source: str) -> list[Access]:
    """Rule 12: the service that each access key was used for last."""
    found = []
    for number in ("1", "2"):
        service, date = (row.get(f"access_key_{number}_last_used_{column}") for column in ("service", "date"))
        if service and service not in SPELT_NEVER and date and date not in SPELT_NEVER:
            at = read_instant(date)
            found.append(Access(entity_of(row["arn"]), OF_KEYS.get(service, service), "", at, at is None, None, source, False))
    return found


def flat_rows(rows: list[dict], source: str, parts: tuple[str, ...]) -> Documents:
    answers = {}
    for row in rows:
        services = answers.setdefault(row["principal_arn"], {"ServicesLastAccessed": []})["ServicesLastAccessed"]
        services.append({"ServiceNamespace": row["service_namespace"], "LastAuthenticated": row.get("last_authenticated") or None})
    return Documents([read_answer(entity_of(arn, parts), answer, source, parts, True) for arn, answer in answers.items()])


def read_value(value, source: str, parts: tuple[str, ...], seen: set, listed: dict) -> Documents:
    if not isinstance(value, dict):
        return Documents()
    if "EntityDetailsList" in value:
        return with_entities(value, source, parts)
    if value and all(key.startswith("arn:") for key in value):
        answers = {arn: {"ServicesLastAccessed": rows} if isinstance(rows, list) else rows for arn, rows in value.items()}
        return Documents([read_answer(entity_of(arn, parts), answer, source, parts, True) for arn, answer in answers.items()])
    if "JobStatus" in value or "ServicesLastAccessed" in value:
        return one_answer(value, source, parts, seen, listed)
    return things(value, parts)


def things(value: dict, parts: tuple[str, ...]) -> Documents:
    """What get-, list- and get-account-authorization-details answers state of users, roles, groups and policies."""
    found = [value[kind] for kind in ("Role", "User", "Group", "Policy") if isinstance(value.get(kind), dict)]
    for kind in ("Roles", "Users", "Groups", "Policies", "UserDetailList", "RoleDetailList", "GroupDetailList"):
        found += value.get(kind) or []
    found = [thing for thing in found if thing.get("Arn")]
    statements = [statement(entity_of(thing["Arn"], parts), thing, None) for thing in found]
    made = made_of({}, parts)  # it bounds nothing, and orders the unique ids (rule 21)
    for one in statements:
        one.names, one.on = True, made
    statements += [Statement(one.entity, made, unique_id=one.unique_id) for one in statements if made is not None and one.unique_id]
    return Documents(statements=statements)


def one_answer(value: dict, source: str, parts: tuple[str, ...], seen: set, listed: dict) -> Documents:
    by_list = next((entity for path, (entity, _) in listed.items() if "/".join(parts).endswith(path)), None)
    entity = entity_of(value["Arn"], parts[:-1]) if value.get("Arn") else by_list or entity_of_path(parts)
    named = entity is not None
    entity = entity or Entity("", "", "/".join(parts).removesuffix(".json"))
    identity = (entity, json.dumps(value, sort_keys=True), made_of(value, parts))
    if identity in seen:
        return Documents()
    seen.add(identity)
    answer = read_answer(entity, value, source, parts, named)
    states = any(value.get(member) for member in ("CreateDate", "RoleId", "UserId", "GroupId", "PolicyId"))
    return Documents([answer], statements=[statement(entity, value, answer.made)] if states else [])


def with_entities(value: dict, source: str, parts: tuple[str, ...]) -> Documents:
    namespace = value.get("ServiceNamespace") or (parts[-1].split(".")[-3] if parts[-1].count(".") > 1 else parts[-1].split(".")[0])
    made, found = made_of(value, parts), Documents()
    plain = (*parts[:-1], parts[-1].split(".")[0] + ".json")
    about = entity_of(value["Arn"], parts) if value.get("Arn") else entity_of_path(plain)
    for item in value["EntityDetailsList"]:
        info = item["EntityInfo"]
        session = re.fullmatch(r"arn:([a-z-]+):sts::(\d+):assumed-role/([^/]+)/.+", info["Arn"])
        # A session names its role without the path, and an id of its own.
        arn = "arn:{}:iam::{}:role/{}".format(*session.groups()) if session else info["Arn"]
        entity = entity_of(arn, parts)
        if not session:
            found.statements.append(Statement(entity, made, unique_id=info.get("Id") or ""))
        at, undated = read_access(item.get("LastAuthenticated"), 0, "", "")
        if at is not None or undated:
            found.accesses.append(Access(entity, namespace, "", at, undated, made, source, True))
            if about is not None and about.type in ("policy", "group"):
                found.accesses.append(Access(about, namespace, "", at, undated, made, source, False, info["Arn"]))
    return found
