"""One AWS account over some years: its entities, who may do what, every change, and every call that was made.

The log of calls is the truth that the checks compare reports with. Nothing here knows what is saved, or how the program judges.
Times are seconds since 1970.
"""

from __future__ import annotations

import csv
import functools
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

DAY = 86_400
SHOWN_WITHIN = 4 * 3_600  # AWS shows an access within about four hours
TRACKING_PERIOD = 400 * DAY
START = int(datetime(2025, 1, 1, tzinfo=timezone.utc).timestamp())
ACCOUNT = "111122223333"
ID_PREFIX = {"user": "AIDA", "role": "AROA", "group": "AGPA", "policy": "ANPA"}
NAMES = ("api", "web", "ci", "ops", "etl")  # few, so that names are used again
SERVICES = {
    "sqs": "Amazon SQS", "sns": "Amazon SNS", "firehose": "Amazon Kinesis Firehose", "codecommit": "AWS CodeCommit",
    "athena": "Amazon Athena", "ecr": "Amazon ECR", "logs": "Amazon CloudWatch Logs", "ssm": "AWS SSM",
}  # fmt: skip

Permission = tuple[str, str]  # a service namespace and an action name
Document = dict[str, Any]


def _actions() -> dict[str, list[str]]:
    catalogue = Path(__file__).parents[2] / "src/catalogue/data/actions.csv"
    actions: dict[str, list[str]] = {service: [] for service in SERVICES}
    with open(catalogue, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["service_namespace"] in actions:
                actions[row["service_namespace"]].append(row["action_name"])
    for service, names in actions.items():
        random.Random(service).shuffle(names)
    return actions


ACTIONS = _actions()
# AWS tracks some actions of some services.
TRACKED = {(s, a) for s, names in ACTIONS.items() if s != "firehose" for i, a in enumerate(names) if i % 3}


def at_midnight(time: int) -> int:
    return time - time % DAY


@functools.cache
def matching(pattern: str) -> frozenset[Permission]:
    """The permissions that an element of `Action` matches."""
    service, _, action = pattern.partition(":")
    every = ((s, a) for s, names in ACTIONS.items() for a in names)
    return frozenset((s, a) for s, a in every if pattern == "*" or (service == s and fnmatchcase(a.lower(), action.lower())))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def with_effect(effect: str, documents: Iterable[Document]) -> set[Permission]:
    statements = [s for document in documents for s in _listed(document["Statement"]) if s["Effect"] == effect]
    return {p for statement in statements for pattern in _listed(statement["Action"]) for p in matching(pattern)}


def allowed(documents: Iterable[Document]) -> set[Permission]:
    documents = list(documents)
    return with_effect("Allow", documents) - with_effect("Deny", documents)


@dataclass(frozen=True)
class Habit:
    """A call that an entity makes again and again, for a while."""

    permission: Permission
    chance: float  # per day
    begins: int
    ends: int


@dataclass(eq=False)
class Entity:
    kind: str
    name: str
    path: str
    id: str
    created: int
    deleted: int | None = None
    inline: dict[str, Document] = field(default_factory=dict)
    attached: list[Entity] = field(default_factory=list)
    groups: list[Entity] = field(default_factory=list)
    boundary: Entity | None = None
    versions: list[tuple[str, int, Document]] = field(default_factory=list)  # of a policy
    default: str = "v1"
    habits: list[Habit] = field(default_factory=list)

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{ACCOUNT}:{self.kind}{self.path}{self.name}"

    @property
    def acts(self) -> bool:
        return self.kind in ("user", "role")

    def sources(self) -> list[tuple[tuple[Entity, ...], Document]]:
        """Every policy document that counts for the entity, with the entities that AWS counts its use for."""
        if self.kind == "policy":
            return [((self,), next(document for version, _, document in self.versions if version == self.default))]
        found: list[tuple[tuple[Entity, ...], Document]] = [((self,), document) for document in self.inline.values()]
        found += [source for policy in self.attached for source in policy.sources()]
        for group in self.groups:
            found += [((group, *owners), document) for owners, document in group.sources()]
        return found

    def allowed(self) -> frozenset[Permission]:
        return frozenset(allowed(document for _, document in self.sources()))


@dataclass(frozen=True, eq=False)
class Event:
    """A call, with the groups and policies through which it was allowed at that time."""

    time: int
    by: Entity
    permission: Permission
    through: frozenset[str]  # ids
    shown: int
    region: str

    def counts_for(self, entity: Entity) -> bool:
        return self.by is entity if entity.acts else entity.id in self.through

    def matches(self, service: str, action: str) -> bool:
        return self.permission[0] == service and action in ("", self.permission[1])


@dataclass(frozen=True)
class Name:
    """An entity has carried an ARN since `since`, until another one took it."""

    arn: str
    entity: Entity
    since: int


class World:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.entities: list[Entity] = []
        self.events: list[Event] = []
        self.names: list[Name] = []
        self.ids = 0
        for kind, count in (("policy", 3), ("group", 2), ("user", 3), ("role", 3)):
            for name in rng.sample(NAMES, count):
                self.create(kind, kind[0] + name, START - rng.choice((1000, 300, 30)) * DAY)

    def of(self, *kinds: str) -> list[Entity]:
        return [entity for kind in kinds for entity in sorted(self.entities, key=lambda e: e.arn) if entity.kind == kind]

    def carrier(self, arn: str, time: int) -> Entity | None:
        """The entity that carried the ARN at that time, or did so last."""
        names = [name for name in self.names if name.arn == arn and name.since <= time]
        return max(names, key=lambda name: name.since).entity if names else None

    def create(self, kind: str, name: str, time: int) -> None:
        rng = self.rng
        self.ids += 1
        entity = Entity(kind, name, rng.choice(("/", "/", "/app/")), f"{ID_PREFIX[kind]}{self.ids:016}", time)
        if kind == "policy":
            entity.versions.append(("v1", time, self.document()))
        else:
            entity.inline = {f"in{i}": self.document() for i in range(rng.randint(0, 2))}
            entity.attached = rng.sample(policies := self.of("policy"), min(len(policies), rng.randint(0, 2)))
        if kind == "user" and (groups := self.of("group")) and rng.random() < 0.6:
            entity.groups.append(rng.choice(groups))
        if entity.acts:
            self.take_habits(entity)
        self.entities.append(entity)
        self.names.append(Name(entity.arn, entity, time))

    def document(self) -> Document:
        rng = self.rng
        statements = [self._statement() for _ in range(rng.randint(1, 2))]
        if rng.random() < 0.1:
            service = rng.choice(list(SERVICES))
            denied = [f"{service}:*"] if rng.random() < 0.6 else [f"{service}:{a}" for a in rng.sample(ACTIONS[service], 3)]
            statements.append({"Effect": "Deny", "Action": denied, "Resource": "*"})
        return {"Version": "2012-10-17", "Statement": statements}

    def _statement(self) -> Document:
        patterns = set()
        for _ in range(self.rng.randint(1, 4)):
            service = self.rng.choice(list(SERVICES))
            names = self.rng.sample(ACTIONS[service], 4)
            kind = self.rng.choices(("all", "service", "prefix", "actions"), (3, 32, 15, 50))[0]
            patterns.update({"all": ["*"], "service": [f"{service}:*"], "prefix": [f"{service}:{names[0][:3]}*"],
                             "actions": [f"{service}:{name}" for name in names]}[kind])  # fmt: skip
        return {"Effect": "Allow", "Action": sorted(patterns), "Resource": "*"}

    def take_habits(self, entity: Entity) -> None:
        rng, entity.habits = self.rng, []
        for _ in range(rng.randint(1, 8)):
            service = rng.choice(list(SERVICES))
            begins = START + rng.randint(-450, 600) * DAY
            ends = begins + rng.choice((5, 40, 200, 900)) * DAY
            permission = (service, rng.choice(ACTIONS[service]))
            entity.habits.append(Habit(permission, rng.choice((0.002, 0.01, 0.03, 0.1, 0.5)), begins, ends))

    def live(self, day: int) -> None:
        """The calls of one day, all in its first half; changes and saves come later."""
        for entity in self.of("user", "role"):
            for habit in entity.habits:
                if habit.begins <= day < habit.ends and self.rng.random() < habit.chance:
                    time = day + self.rng.randint(1, DAY // 2)
                    self._call(entity, habit.permission, time)

    def _call(self, entity: Entity, permission: Permission, time: int) -> None:
        rng, sources = self.rng, entity.sources()
        documents = [document for _, document in sources]
        if permission not in with_effect("Allow", documents):
            return
        if permission in with_effect("Deny", documents):
            # AWS counts a refused attempt too, where the service is listed at all. Few of them are enough.
            if rng.random() < 0.9 or permission[0] not in {service for service, _ in allowed(documents)}:
                return
        through = {owner.id for owners, document in sources if permission in with_effect("Allow", [document]) for owner in owners}
        shown = time + rng.choice((0, 60, 3_600, SHOWN_WITHIN - 60))
        region = rng.choice(("us-east-1", "eu-west-1"))
        self.events.append(Event(time, entity, permission, frozenset(through), shown, region))

    def change(self, time: int) -> None:
        """One random change by an administrator; some draw what is not possible and change nothing."""
        rng = self.rng
        policies, groups, users, acting = self.of("policy"), self.of("group"), self.of("user"), self.of("user", "role")
        what = rng.choices(
            ("version", "default", "attach", "join", "inline", "delete", "create", "move", "boundary", "habits"),
            (12, 4, 14, 10, 15, 13, 18, 3, 4, 7),
        )[0]
        if what == "version" and policies:
            self._new_version(rng.choice(policies), time)
        elif what == "default" and policies:
            policy = rng.choice(policies)
            policy.default = rng.choice(policy.versions)[0]
        elif what == "attach" and policies:
            toggle(rng.choice(acting + groups).attached, rng.choice(policies))
        elif what == "join" and groups and users:
            toggle(rng.choice(users).groups, rng.choice(groups))
        elif what == "inline":
            entity, name = rng.choice(acting + groups), f"in{rng.randint(0, 1)}"
            if entity.inline.pop(name, None) is None or rng.random() < 0.5:
                entity.inline[name] = self.document()
        elif what == "delete":
            kind = rng.choices(("acting", "policy", "group"), (8, 3, 2))[0]
            candidates, kept = {"acting": (acting, 3), "policy": (policies, 2), "group": (groups, 1)}[kind]
            if len(candidates) > kept:
                self._delete(rng.choice(candidates), time)
        elif what == "create":
            kind = rng.choice(("user", "role", "user", "role", "group", "policy"))
            if not self._taken(kind, name := kind[0] + rng.choice(NAMES)):
                self.create(kind, name, time)
        elif what == "move" and (users or groups):
            entity = rng.choice(users + groups)
            self._move(entity, entity.kind[0] + rng.choice(NAMES), rng.choice(("/", "/app/")), time)
        elif what == "boundary" and policies:
            entity = rng.choice(acting)
            entity.boundary = None if entity.boundary else rng.choice(policies)
        elif what == "habits":
            self.take_habits(rng.choice(acting))

    def _taken(self, kind: str, name: str) -> bool:
        return any(entity.kind == kind and entity.name == name for entity in self.entities)

    def _new_version(self, policy: Entity, time: int) -> None:
        if len(policy.versions) == 5:
            policy.versions.remove(next(version for version in policy.versions if version[0] != policy.default))
        number = max(int(version[1:]) for version, _, _ in policy.versions) + 1
        policy.versions.append((f"v{number}", time, self.document()))
        if self.rng.random() < 0.85:
            policy.default = f"v{number}"

    def _delete(self, entity: Entity, time: int) -> None:
        entity.deleted = time
        self.entities.remove(entity)
        for other in self.entities:
            other.attached = [policy for policy in other.attached if policy is not entity]
            other.groups = [group for group in other.groups if group is not entity]
            other.boundary = None if other.boundary is entity else other.boundary

    def _move(self, entity: Entity, name: str, path: str, time: int) -> None:
        if (name != entity.name and self._taken(entity.kind, name)) or (name, path) == (entity.name, entity.path):
            return
        entity.name, entity.path = name, path
        self.names.append(Name(entity.arn, entity, time))


def toggle(members: list[Entity], entity: Entity) -> None:
    if entity in members:
        members.remove(entity)
    else:
        members.append(entity)
