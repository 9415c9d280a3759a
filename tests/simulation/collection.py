"""An operator who saves answers of IAM: random ones, on random days, in any shape that dormant reads; and what each file shows."""

from __future__ import annotations

import copy
import gzip
import json
import random
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from iam import FORMATS, Iam, iso
from world import ACCOUNT, DAY, START, Document, Entity, Event, Permission, World, at_midnight


@dataclass
class Saved:
    """A saved answer, and what it shows to an attentive reader."""

    file: str
    what: str  # the operation
    time: int  # as the file shows it: a list of IAM has the date of its folder only
    listed: dict[str, frozenset[Permission]] = field(default_factory=dict)  # by ARN: all that the entity is allowed
    entities: dict[str, Entity] = field(default_factory=dict)  # by ARN: an id and a creation are in the file
    accesses: list[tuple[str, Event]] = field(default_factory=list)  # with the ARN of the moment
    actions: bool = True  # the listing has actions
    estate: dict[str, Entity] = field(default_factory=dict)  # by ARN, of whole authorization details: copies as they were


class Operator:
    def __init__(self, world: World, iam: Iam, folder: Path, clean: bool) -> None:
        self.world, self.iam, self.folder, self.clean = world, iam, folder, clean
        self.rng: random.Random = world.rng
        self.saved: list[Saved] = []
        self.files = 0

    def write(self, time: int, name: str, text: str, packed: bool = False) -> str:
        self.files += 1  # a folder of its own: names never clash
        path = self.folder / iso(time)[:10] / f"{self.files:03}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if packed:
            path = path.with_name(path.name + ".gz")
            path.write_bytes(gzip.compress(text.encode(), mtime=0))
        else:
            path.write_text(text)
        return str(path.relative_to(self.folder))

    def save_dumps(self, time: int, all_entities: bool) -> None:
        rng, entities = self.rng, self.world.of("user", "role", "group", "policy")
        if not all_entities:
            entities = rng.sample(entities, rng.randint(1, len(entities)))
        form = rng.choice(FORMATS)
        answers: list[tuple[Entity, Document]] = []
        notes = []
        for i, entity in enumerate(entities):
            level = "SERVICE_LEVEL" if not self.clean and rng.random() < 0.15 else "ACTION_LEVEL"
            answer, accesses = self.iam.last_accessed(entity, time + 2 * i, level, form)
            whole = True
            if not all_entities and rng.random() < 0.08:  # only the first page
                whole, rows = False, answer["ServicesLastAccessed"]
                answer |= {"ServicesLastAccessed": rows[: rng.randint(0, len(rows))], "IsTruncated": True, "Marker": "abc"}
                accesses = []
            elif not all_entities and rng.random() < 0.05:  # asked too early
                whole, accesses, answer = False, [], {"JobStatus": "IN_PROGRESS", "JobCreationDate": iso(time, form)}
            answers.append((entity, answer))
            listed = {entity.arn: entity.allowed()} if whole else {}
            shown = [(event.by.arn, event) for event in accesses]
            notes.append(Saved("", "dump", time + 2 * i, listed, accesses=shown, actions=level == "ACTION_LEVEL"))
        files = self._write_answers(time, answers)
        for note, file in zip(notes, files):
            note.file = file
        self.saved += notes

    def _write_answers(self, time: int, answers: list[tuple[Entity, Document]]) -> list[str]:
        """The files of the answers, one for each."""
        shape = self.rng.choice(("path", "quoted ARN", "map by ARN", "list", "JSON lines", "zip"))
        with_arn = [{"Arn": entity.arn, **answer} for entity, answer in answers]
        folders = {"user": "users", "role": "roles", "group": "groups", "policy": "policies"}
        if shape == "path":
            names = [f"{ACCOUNT}/{folders[entity.kind]}{entity.path}{entity.name}.json" for entity, _ in answers]
            return [
                # A path names the ARN only where the entity has none of its own.
                self.write(time, name, json.dumps(answer if entity.path == "/" else full), self.rng.random() < 0.2)
                for name, (entity, answer), full in zip(names, answers, with_arn)
            ]
        if shape == "quoted ARN":
            return [self.write(time, f"{quote(entity.arn, safe='')}.json", json.dumps(answer)) for entity, answer in answers]
        if shape == "zip":
            file = self.write(time, "dumps.zip", "")
            with zipfile.ZipFile(self.folder / file, "w", zipfile.ZIP_DEFLATED) as archive:
                for i, answer in enumerate(with_arn):
                    archive.writestr(zipfile.ZipInfo(f"{i}.json"), json.dumps(answer))
            return [file] * len(answers)
        text = {
            "map by ARN": json.dumps({entity.arn: answer for entity, answer in answers}),
            "list": json.dumps([{"Arn": entity.arn, "Details": answer} for entity, answer in answers]),
            "JSON lines": "\n".join(map(json.dumps, with_arn)),
        }[shape]
        return [self.write(time, "all.json", text)] * len(answers)

    def save_with_entities(self, time: int) -> None:
        entity = self.rng.choice(self.world.entities)
        for service in sorted({service for service, _ in entity.allowed()})[:3]:
            answer, accesses = self.iam.with_entities(entity, service, time)
            text = json.dumps({"Arn": entity.arn, "ServiceNamespace": service, **answer})
            file = self.write(time, f"{ACCOUNT}/with-entities/{service}.json", text)
            self.saved.append(Saved(file, "with entities", time, accesses=[(e.by.arn, e) for e in accesses]))

    def save_details(self, time: int, whole: bool = True) -> None:
        details, world = self.iam.authorization_details(), self.world
        file = f"{ACCOUNT}/authorization-details.json"
        note = Saved("", "authorization details", at_midnight(time))
        if whole:
            note.listed = {entity.arn: entity.allowed() for entity in world.entities}
            note.entities = {entity.arn: entity for entity in world.entities}
            note.estate = {entity.arn: entity for entity in copy.deepcopy(world.entities)}
        elif self.rng.random() < 0.7:  # asked with --filter
            for member in self.rng.sample(("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"), 2):
                details[member] = []
        else:  # only the first page
            for member, rows in details.items():
                if isinstance(rows, list):
                    details[member] = rows[: self.rng.randint(0, len(rows))]
            details |= {"IsTruncated": True, "Marker": "abc"}
        note.file = self.write(time, file, json.dumps(details))
        self.saved.append(note)

    def save_lists(self, time: int) -> None:
        for kind in ("user", "role"):
            entities, member = self.world.of(kind), f"{kind.capitalize()}s"
            text = json.dumps({member: [self.iam.head(entity) for entity in entities]})
            file = self.write(time, f"{ACCOUNT}/list-{kind}s.json", text)
            known = {entity.arn: entity for entity in entities}
            self.saved.append(Saved(file, f"list-{kind}s", at_midnight(time), entities=known))


def collect(seed: int, folder: Path, clean: bool, hide_accesses: bool) -> Operator:
    """Lets an account live, and an operator save what IAM answers. A clean one never changes, and all of it is saved once."""
    rng = random.Random(f"{'clean' if clean else 'wild'} {seed}")
    world = World(rng)
    operator = Operator(world, Iam(world, hide_accesses), folder, clean)
    end = START + rng.randint(450, 620) * DAY
    changes_per_day = 0 if clean else rng.choice((0.02, 0.05, 0.12))
    saving: dict[int, set[str]] = {}
    for _ in range(0 if clean else rng.randint(0, 6)):
        back = int(rng.choice((5, 40, 150, 420)) * rng.random()) if rng.random() < 0.8 else rng.randint(1, 440)
        chances = {"dumps": 0.9, "with entities": 0.3, "details": 0.7, "partial details": 0.1, "lists": 0.3}
        saving[end - max(back, 1) * DAY] = {what for what, chance in chances.items() if rng.random() < chance}
    for day in range(START - 440 * DAY, end, DAY):
        world.live(day)
        if day >= START - 20 * DAY and rng.random() < changes_per_day:
            world.change(day + rng.randint(DAY // 2 + 1, DAY - 7_200))
        _save(operator, saving.get(day, set()), day + DAY - 3_600, all_entities=False)
    everything = clean or rng.random() < 0.7
    last = {"dumps", "details"} if everything or rng.random() < 0.5 else {"dumps"}
    _save(operator, last | ({"lists"} if clean else set()), end + rng.randint(0, DAY - 6_000), everything)
    if not clean and rng.random() < 0.3:
        operator.save_details(end + DAY, whole=False)
    return operator


def _save(operator: Operator, what: set[str], time: int, all_entities: bool) -> None:
    if "dumps" in what:
        operator.save_dumps(time, all_entities)
    if "with entities" in what:
        operator.save_with_entities(time + 60)
    if "details" in what:
        operator.save_details(time + 300)
    if "partial details" in what:
        operator.save_details(time + 360, whole=False)
    if "lists" in what:
        operator.save_lists(time + 400)
