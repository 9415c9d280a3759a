"""Judges every row of an estate by the rules of docs/reports.md. Each function names the rules that it states.

It shares nothing with the program, remembers nothing cleverly, and asks every document again for every row.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from saved import DAY, USABLE, Access, Answer, Documents, Entity, Seen, Statement, entity_of, midnight

WINDOW, WINDOW_BEFORE_JUNE_2020 = 400, 365  # days (rule 27)
SHOWN_WITHIN = 4 * 3_600_000  # AWS shows an access within about four hours (rule 29)
JUNE_2020 = midnight("2020-06-01")
RECORDING = {"aws": midnight("2015-10-01"), "aws-us-gov": midnight("2023-07-01"), "aws-eusc": midnight("2026-01-15")}
TRACKING = {"s3": midnight("2020-04-12")} | dict.fromkeys(("ec2", "iam", "lambda"), midnight("2021-04-07"))
TRACKING_OTHERS = midnight("2023-05-23")
PASS_ROLE = ("iam", "passrole")  # rule 31: AWS never records it, even if a dump lists it
LIMITS = ("grant", "recreated", "creation", "tracking", "recording", "history", "window")  # rule 30

Key = tuple[str, str]  # namespace and action without case; no action for a service


@dataclass(frozen=True)
class Question:
    """The parameters on which verdicts depend."""

    stale_after: int = 90
    as_of: int | None = None
    at: int | None = None
    strict_age: bool = False


@dataclass(eq=False)
class Shown:
    """What one dump shows of one permission, all its answers joined."""

    namespace: str
    action: str
    service_name: str
    at: int | None = None
    undated: bool = False
    silent: bool = False  # a usable answer shows that there was none
    lost: bool = False
    strange: bool = False
    own: bool = False  # of a service: an access is recorded at the service itself

    @property
    def accessed(self) -> bool:
        return self.at is not None or self.undated


@dataclass(eq=False)
class Dump:
    """All usable answers about one entity of one instant (rule 6); or one pending, failed or contradicted answer."""

    entity: Entity
    made: int | None
    answers: list[Answer]
    as_of: int | None = None

    @property
    def usable(self) -> bool:
        return self.answers[0].usable

    @property
    def newest(self) -> int | None:
        """The newest access that it shows itself."""
        return max((row.at for answer in self.answers for row in answer.rows if row.at is not None), default=None)

    @property
    def is_misdated(self) -> bool:
        """Rule 27: whether it shows an access from more than a week after its date."""
        return self.made is not None and self.newest is not None and self.newest - self.made > 7 * DAY

    @property
    def no_earlier(self) -> int | None:
        return self.newest if self.is_misdated else self.made

    @property
    def evidence(self) -> str:
        order = (*USABLE, "pending", "failed", "contradicted")
        return min((answer.evidence for answer in self.answers), key=order.index)

    @property
    def named(self) -> bool:
        return any(answer.named for answer in self.answers)

    @property
    def whole(self) -> bool:
        return any(answer.whole for answer in self.answers)

    @property
    def whole_actions(self) -> bool:
        return any(answer.whole and answer.has_actions for answer in self.answers)

    @property
    def has_actions(self) -> bool:
        return any(answer.has_actions for answer in self.answers)

    @property
    def strange(self) -> bool:
        return any(answer.strange for answer in self.answers)

    def shows(self) -> dict[Key, Shown]:
        if not hasattr(self, "_shows"):
            self._shows = join(self.answers)
        return self._shows

    def lists(self, key: Key) -> bool:
        return key in self.shows()

    def lists_with_actions(self, namespace: str) -> bool:
        return any(row.key == (namespace, "") for answer in self.answers if answer.has_actions for row in answer.rows)


def join(answers: list[Answer]) -> dict[Key, Shown]:
    """Rules 6, 9 and 51: the union of the rows; an action's access is one of its service too."""
    shown: dict[Key, Shown] = {}
    for row in (row for answer in answers for row in answer.rows):
        one = shown.setdefault(row.key, Shown(row.namespace.strip(), row.action.strip(), row.service_name))
        one.namespace, one.action = min(one.namespace, row.namespace.strip()), min(one.action, row.action.strip())
        one.service_name = min(filter(None, (one.service_name, row.service_name)), default="")
        keys = [row.key, (row.key[0], "")] if row.accessed else [row.key]
        for target in (shown.setdefault(key, Shown(row.namespace.strip(), "", row.service_name)) for key in keys):
            target.at = max(filter(None, (target.at, row.at)), default=None)
            target.undated |= row.undated
        one.own |= row.accessed
        one.silent |= not row.accessed and not row.void
        one.lost |= row.void == "lost"
        one.strange |= row.void == "strange"
    return shown


@dataclass(frozen=True)
class Witness:
    """An access of a permission, and the document that shows it."""

    made: int | None
    at: int | None
    undated: bool
    by: str
    region: str
    source: str
    contradicts: bool  # whether a later dump that lacks it is contradicted (rule 15)
    order: int  # the row itself, an action of the service, then the same in documents that are no dumps of the entity


@dataclass(eq=False)
class Row:
    """A judged row."""

    dump: Dump
    namespace: str
    service_name: str
    action: str
    accessed: int | None = None
    unreadable: bool = False  # an undated access counts
    by: str = ""
    region: str = ""
    source: str = ""
    verdict: str = "unknown"
    reason: str = ""
    days_since: int | None = None
    observed_days: int | None = None
    observed_limit: str = ""
    granted_since: int | None = None
    age_known_by: str = "none"
    used_untracked: bool = False
    as_of: int | None = None

    @property
    def entity(self) -> Entity:
        return self.dump.entity

    @property
    def used(self) -> bool:
        return self.accessed is not None or self.unreadable

    @property
    def key(self) -> Key:
        return self.namespace.lower(), self.action.lower()


def within(made: int | None, moment: int | None) -> bool:
    """Rule 7: whether a document of that date is seen at the moment."""
    return made is None or moment is None or made <= moment


@dataclass(eq=False)
class History:
    """All documents about one entity."""

    entity: Entity
    answers: list[Answer] = field(default_factory=list)
    accesses: list[Access] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    others: list[tuple[int, int | None]] = field(default_factory=list)  # when the same name was in another path or spelling, and the document's date (rule 23)

    def __post_init__(self) -> None:
        self.memory: dict = {}

    # ------------------------------------------------------------------------------------------------ dumps

    def all_dumps(self) -> list[Dump]:
        """Every dump, oldest first, undated ones before; pending, failed and contradicted answers one by one."""
        if "dumps" not in self.memory:
            joined = defaultdict(list)
            for answer in self.answers:
                if answer.usable:
                    joined[answer.made].append(answer)
            dumps = [Dump(self.entity, made, sorted(answers, key=lambda a: a.source)) for made, answers in joined.items()]
            dumps += [Dump(self.entity, answer.made, [answer]) for answer in self.answers if not answer.usable]
            self.memory["dumps"] = sorted(dumps, key=lambda d: (d.made is not None, d.made or 0))
        return self.memory["dumps"]

    def dumps(self, moment: int | None) -> list[Dump]:
        """The dated usable ones up to the moment, oldest first."""
        return [d for d in self.all_dumps() if d.usable and d.made is not None and within(d.made, moment)]

    def newest(self, moment: int | None) -> Dump | None:
        """The newest usable one; an undated one only where there is no dated one and no `--at` (rule 8)."""
        dated = self.dumps(moment)
        undated = [d for d in self.all_dumps() if d.usable and d.made is None]
        return dated[-1] if dated else undated[0] if undated and moment is None and not self.dumps(None) else None

    def moment_of(self, dump: Dump, at: int | None) -> int | None:
        """Rule 7, for a dump that is shown by itself."""
        dated = self.dumps(at)
        return at if dump.made is None or (dated and dated[-1] is dump) else dump.made

    # ------------------------------------------------------------------------------------- creation, recreated

    def stated(self, moment: int | None) -> list:
        """Rule 7: a document without a date that shows a creation after the moment was made later."""
        return [s for s in self.statements if within(s.created if s.made is None else s.made, moment)]

    def creation(self, moment: int | None) -> tuple[int | None, bool]:
        """Rule 18: the latest, and whether one cannot be read."""
        seen = self.stated(moment)
        return max((s.created for s in seen if s.created is not None), default=None), any(s.unreadable for s in seen)

    def hidden(self, made: int | None, dump_made: int | None, created: int | None) -> bool:
        """Rule 20: the document is from before a creation that is not later than the row's dump."""
        if created is None or made is None or (dump_made is not None and created > dump_made):
            return False
        return made < created

    def recreated(self, moment: int | None) -> int | None:
        """Rules 21 to 23."""
        if ("recreated", moment) not in self.memory:
            self.memory["recreated", moment] = self.find_recreated(moment)
        return self.memory["recreated", moment]

    def find_recreated(self, moment: int | None) -> int | None:
        dumps = self.dumps(moment)
        if not dumps:
            return None
        known = sorted(self.new_ids(moment) + self.new_path(dumps, moment))
        created, _ = self.creation(moment)
        found = list(known)
        if self.entity.type in ("user", "role"):
            for dump in dumps:
                since = max([at for at in found if at <= dump.made], default=None)
                if created is not None and created <= dump.made:
                    since = max(created, since if since is not None else created)
                if self.made_anew(dump, since, moment):
                    found.append(dump.made)
        return max(found, default=None)

    def new_ids(self, moment: int | None) -> list[int]:
        """Rule 21, second: dated documents with another unique id than the one before."""
        seen = sorted((s.made, s.unique_id) for s in self.statements if s.unique_id and s.made is not None and within(s.made, moment))
        return [made for (_, one), (made, other) in zip(seen, seen[1:]) if one != other]

    def new_path(self, dumps: list[Dump], moment: int | None) -> list[int]:
        """Rule 23."""
        others = [at for at, made in self.others if within(made, moment) and at < dumps[-1].made]
        return [min(d.made for d in dumps if d.made > max(others))] if others else []

    def made_anew(self, dump: Dump, since: int | None, moment: int | None) -> bool:
        """Rule 21, first, and rule 22."""
        own = [row.at for answer in dump.answers for row in answer.rows if row.at is not None]
        own += [a.at for a in self.accesses if a.contradicts and a.made == dump.made and a.at is not None]
        for key in dump.shows():
            older = [w for w in self.contradicting(dump, key, moment) if since is None or w.made >= since]
            if older and not any(at < max(w.made for w in older) for at in own):
                return True
        return False

    # ----------------------------------------------------------------------------------------------- accesses

    def in_answers(self) -> dict[Key, list[Witness]]:
        """The accesses that answers show; an action's is one of its service too (rule 9)."""
        if "in_answers" not in self.memory:
            found = defaultdict(list)
            for answer in (answer for answer in self.answers if answer.usable):
                for r in (row for row in answer.rows if row.accessed):
                    for key in {r.key, (r.key[0], "")}:
                        witness = Witness(answer.made, r.at, r.undated, r.by, r.region, answer.source, answer.named, int(bool(r.action)))
                        found[key].append(witness)
            self.memory["in_answers"] = found
        return self.memory["in_answers"]

    def witnesses(self, key: Key, moment: int | None) -> list[Witness]:
        """Every access of the permission that a document up to the moment shows (rules 7 and 9 to 11)."""
        later = lambda made, at: made is None and None not in (at, moment) and at > moment
        found = [w for w in self.in_answers().get(key, []) if within(w.made, moment) and not later(w.made, w.at)]
        for a in self.accesses:
            about = (a.namespace.strip().lower(), a.action.strip().lower())
            if within(a.made, moment) and not later(a.made, a.at) and (about == key or (not key[1] and about[0] == key[0])):
                found.append(Witness(a.made, a.at, a.undated, self.entity.arn if a.by is None else a.by, "", a.source, a.contradicts, 2 + int(bool(a.action))))
        return found

    def contradicting(self, dump: Dump, key: Key, moment: int | None) -> list[Witness]:
        """Rules 15 and 16: the older documents whose access the dump's row lacks."""
        return self.lacking(dump, key, moment) if self.entity.type in ("user", "role") else []

    def lacking(self, dump: Dump, key: Key, moment: int | None) -> list[Witness]:
        """The same for a row of any entity."""
        if dump.made is None or not dump.named:
            return []
        row = dump.shows()[key]
        same = [w for w in self.witnesses(key, None) if w.made == dump.made]  # with-entities answers of the moment
        if any(w.undated for w in same) or not (row.at is not None or row.silent or any(w.at is not None for w in same)):
            return []
        at = max((w.at for w in same if w.at is not None), default=None)
        created, _ = self.creation(moment)
        return [
            w
            for w in self.witnesses(key, dump.made)
            if w.made is not None and w.made < dump.made and w.at is not None and w.contradicts
            and dump.made - w.at < WINDOW * DAY and (at is None or at < w.at - DAY)
            and not self.hidden(w.made, dump.made, created)
        ]  # fmt: skip

    def counting(self, dump: Dump, key: Key, moment: int | None) -> tuple[list[Witness], bool]:
        """The dated accesses, and whether an undated one counts (rule 13)."""
        created, _ = self.creation(moment)
        seen = [w for w in self.witnesses(key, moment) if not self.hidden(w.made, dump.made, created)]
        dated = [w for w in seen if w.at is not None]
        undated = False
        for w in seen:
            recent = w.made is None or dump.made is None or w.made > dump.made - WINDOW * DAY
            settled = w.made is not None and any(d.made is not None and d.made > w.made for d in dated)
            undated |= w.undated and recent and not settled
        return dated, undated

    # ---------------------------------------------------------------------------------------- grants, silence

    def granted_since(self, dump: Dump, key: Key, moment: int | None) -> int | None:
        """Rule 25."""
        if dump.made is None:
            return None
        created, _ = self.creation(moment)
        start = max(filter(None, (self.recreated(moment), created)), default=None)

        def lacks(d: Dump) -> bool:
            if key[1]:
                return d.whole_actions and d.lists_with_actions(key[0]) and not d.lists(key)
            return d.whole and not d.lists(key)

        return max(
            (d.no_earlier for d in self.dumps(moment) if d.made < dump.made and (start is None or d.no_earlier >= start) and lacks(d)),
            default=None,
        )

    def silent_from(self, dump: Dump, key: Key, moment: int | None) -> tuple[int, bool]:
        """Rule 29: where the silence begins, and whether a chain of dumps proves it."""
        def whole(d: Dump) -> bool:
            return d.whole_actions if key[1] else d.whole

        oldest = dump
        recreated = self.recreated(moment)
        if whole(dump) and dump.named and not dump.is_misdated:
            for d in reversed([d for d in self.dumps(moment) if d.made < dump.made]):
                if recreated is not None and d.made < recreated:
                    break
                row = d.shows().get(key)
                if row and (row.accessed or row.lost or row.strange) or (d.strange and not d.whole):
                    break
                if not whole(d) or d.is_misdated:
                    continue
                if row is None or d.made - SHOWN_WITHIN < window_start(oldest.made) or not d.named:
                    break
                oldest = d
        return window_of(oldest), oldest is not dump

    def age_known_by(self, watched_until: int | None, moment: int | None, stale_after: int) -> str:
        """Rule 32."""
        created, _ = self.creation(moment)
        recreated = self.recreated(moment)
        if created is not None or recreated is not None:
            return "creation"
        if watched_until is None:
            return "none"
        early = watched_until - stale_after * DAY
        if any(d.made <= early for d in self.dumps(moment) if not d.is_misdated):
            return "history"
        times = [r.at for a in self.answers if a.usable and within(a.made, moment) for r in a.rows]
        times += [a.at for a in self.accesses if within(a.made, moment)]
        times += [s.last_used for s in self.stated(moment)]
        return "access" if any(at is not None and at <= early for at in times) else "none"

    def out_of_date(self, dump: Dump, namespace: str, moment: int | None) -> bool:
        """Rule 35: whether another document shows an access of the service of which nobody knows the actions."""
        key = "out of date", id(dump), namespace, moment
        if key not in self.memory:
            self.memory[key] = self.is_out_of_date(dump, namespace, moment)
        return self.memory[key]

    def is_out_of_date(self, dump: Dump, namespace: str, moment: int | None) -> bool:
        if self.superseded(dump, namespace, moment):
            return True
        if dump.made is None:
            return False
        service = (namespace, "")
        created, _ = self.creation(moment)
        seen = [w for w in self.witnesses(service, moment) if not self.hidden(w.made, dump.made, created)]
        last_dated = max((w.made for w in seen if w.at is not None and w.made is not None), default=None)

        def counts(w: Witness) -> bool:  # rule 13
            recent = w.made is None or w.made > dump.made - WINDOW * DAY
            return w.undated and w.made != dump.made and recent and not (w.made is not None and last_dated is not None and last_dated > w.made)

        row, same = dump.shows()[service], [w for w in self.witnesses(service, None) if w.made == dump.made]
        speaks = not any(w.undated for w in same) and (row.at is not None or row.silent or any(w.at is not None for w in same))
        own = max((w.at for w in same if w.at is not None), default=None)

        def lacks(w: Witness) -> bool:  # a list of accesses or an access key names the service and no action
            is_earlier = w.at is not None and w.at <= dump.made and (own is None or own < w.at - DAY)
            return w.order == 2 and speaks and is_earlier and dump.made - w.at < WINDOW * DAY

        return bool(self.lacking(dump, service, moment)) or any(counts(w) or lacks(w) for w in seen)

    def superseded(self, dump: Dump, namespace: str, moment: int | None) -> bool:
        """Rule 35."""
        if dump.made is None:
            return False
        later = [w for w in self.witnesses((namespace, ""), moment) if w.made is not None and w.made > dump.made + 30 * DAY]
        return any(w.undated or w.at > dump.made for w in later)

    # ----------------------------------------------------------------------------------------------- verdicts

    def judge(self, dump: Dump, key: Key, moment: int | None, q: Question, service_granted: int | None = None) -> Row:
        shown = dump.shows()[key]
        as_of = q.as_of if q.as_of is not None else dump.made
        row = Row(dump, dump.shows()[key[0], ""].namespace, shown.service_name, shown.action, as_of=as_of)
        granted = [g for g in (self.granted_since(dump, key, moment), service_granted) if g is not None]
        row.granted_since = max(granted, default=None)  # rule 26
        until = as_of if as_of is None or dump.made is None else min(as_of, dump.made)
        row.age_known_by = self.age_known_by(until, moment, q.stale_after)
        row.used_untracked = untracked(dump, key[0])
        dated, row.unreadable = self.counting(dump, key, moment)
        if dated:
            last = min(dated, key=lambda w: (-w.at, w.made != dump.made, -(w.made or 0), w.order, w.source))
            row.accessed, row.by, row.region, row.source = last.at, last.by, last.region, last.source
        elif row.unreadable:
            some = [w for w in self.witnesses(key, moment) if w.undated]
            last = min(some, key=lambda w: (w.made != dump.made, -(w.made or 0), w.order, w.source))
            row.by, row.region, row.source = last.by, last.region, last.source
        if row.accessed is not None and as_of is not None:
            row.days_since = max(0, (as_of - row.accessed) // DAY)
        if row.used:
            self.judge_access(row, shown, key, moment, q)
        else:
            self.judge_silence(row, shown, key, moment, q)
        return row

    def judge_access(self, row: Row, shown: Shown, key: Key, moment: int | None, q: Question) -> None:
        """Rule 36."""
        dump, as_of = row.dump, row.as_of
        young = row.granted_since is not None and as_of is not None and as_of - row.granted_since < q.stale_after * DAY
        if self.is_contradicted(row, shown, key, moment):
            row.reason = "contradicted"
        elif row.days_since is not None and row.days_since < q.stale_after:
            row.verdict = "active"
        elif row.unreadable or (shown.lost and not shown.silent and not shown.accessed):
            row.reason = "date-unreadable"
        elif key[1] and self.out_of_date(dump, key[0], moment):
            row.reason = "newer-access"
        elif as_of is None:
            row.reason = "no-date"
        elif young and row.accessed < row.granted_since:
            row.reason = "granted-recently"
        else:
            row.verdict = "stale"

    def is_contradicted(self, row: Row, shown: Shown, key: Key, moment: int | None) -> bool:
        """Rules 15, 19, 20 and 48."""
        dump = row.dump
        created, _ = self.creation(moment)
        recreated = self.recreated(moment)
        if dump.made is not None and any(start is not None and start > dump.made for start in (created, recreated)):
            return True
        if created is not None and row.accessed is not None and row.accessed < created:
            return True
        if shown.strange and not shown.silent and not shown.accessed:
            return True
        return bool(self.contradicting(dump, key, moment))

    def judge_silence(self, row: Row, shown: Shown, key: Key, moment: int | None, q: Question) -> None:
        """Rule 37."""
        _, unreadable = self.creation(moment)
        days, limit = (None, "") if shown.lost and not shown.silent or unreadable else self.observed(row, key, moment)
        row.observed_days, row.observed_limit = days, limit
        if shown.strange and not shown.silent:
            row.reason = "contradicted"
        elif (shown.lost and not shown.silent) or unreadable:
            row.reason = "date-unreadable"
        elif key[1] and self.out_of_date(row.dump, key[0], moment):
            row.reason = "newer-access"
        elif self.watch(row) is None:
            row.reason = "no-date"
        elif self.entity.partition not in RECORDING or key == PASS_ROLE:
            row.reason = "no-start"
        elif days < q.stale_after:
            row.reason = "granted-recently" if limit == "grant" else "window-too-short"
        elif q.strict_age and row.age_known_by == "none":
            row.reason = "age-unknown"
        else:
            row.verdict = "unused"

    def watch(self, row: Row) -> tuple[int, int] | None:
        """From when to when the row's own dump watched (rules 8 and 27)."""
        dump, as_of = row.dump, row.as_of
        if dump.made is not None:
            return window_of(dump), min(as_of, dump.made)
        newest = max((s.at for s in dump.shows().values() if s.at is not None), default=None)
        several = len({repr(answer.rows) for answer in dump.answers}) > 1
        if as_of is None or newest is None or several:
            return None
        return window_start(as_of), min(as_of, newest)

    def observed(self, row: Row, key: Key, moment: int | None) -> tuple[int | None, str]:
        """Rules 28 and 30."""
        span = self.watch(row)
        if span is None or self.entity.partition not in RECORDING or key == PASS_ROLE:
            return None, ""
        start, end = span
        created, _ = self.creation(moment)
        starts = {
            "grant": row.granted_since, "recreated": self.recreated(moment), "creation": created,
            "recording": RECORDING[self.entity.partition], "window": start,
        }  # fmt: skip
        if key[1]:
            starts["tracking"] = TRACKING.get(key[0], TRACKING_OTHERS)
        if row.dump.made is not None:
            silent_from, is_chain = self.silent_from(row.dump, key, moment)
            if is_chain:
                del starts["window"]
                starts["history"] = silent_from
        latest = max(at for at in starts.values() if at is not None)
        limit = next(name for name in LIMITS if starts.get(name) == latest)
        return max(0, (end - latest) // DAY), limit


def window_of(dump: Dump) -> int:
    """Rule 27: a date that an access disproves may be that of a month; otherwise nobody knows when the dump was made."""
    if not dump.is_misdated:
        return window_start(dump.made)
    return window_start(dump.newest) if dump.newest - dump.made <= 32 * DAY else dump.made


def window_start(made: int) -> int:
    """Rule 27."""
    return made - (WINDOW_BEFORE_JUNE_2020 if made < JUNE_2020 else WINDOW) * DAY


def untracked(dump: Dump, namespace: str) -> bool:
    """Rule 59."""
    shown = dump.shows()
    actions = [one for key, one in shown.items() if key[0] == namespace and key[1]]
    return bool(actions) and shown[namespace, ""].own and not any(one.accessed or one.lost for one in actions)


def namesakes(one: Entity, named: dict) -> set[Entity]:
    """The entities of dumps that a user or a group may be under another path, or a role without a dump."""
    of_name = named[one.account, one.partition, one.type, one.name.lower()]
    return of_name - {one} if one.type in ("user", "group") or one.type == "role" and one not in of_name else set()


def of_others(answers: list[Answer], accesses: list[Access]) -> list[Access]:
    """Rule 9: what a document about one entity shows about others: by name, or under the path from which it was moved."""
    named, known = defaultdict(set), {answer.entity for answer in answers if answer.entity.arn}
    for entity in known:
        named[entity.account, entity.partition, entity.type, entity.name.lower()].add(entity)
    found = [replace(access, entity=other) for access in accesses for other in sorted(namesakes(access.entity, named))]
    for answer in answers:
        one = answer.entity
        moved = namesakes(one, named)
        for row in (row for row in answer.rows if row.accessed):
            about = set(moved)
            if row.by:
                by = actors(row.by, named)
                about |= (by & known).union(*(namesakes(actor, named) for actor in by)) - {one}
            found += [
                Access(other, row.namespace, row.action, row.at, row.undated, answer.made, answer.source, answer.named, row.by)
                for other in sorted(about)
            ]
    return found


def actors(arn: str, named: dict) -> set[Entity]:
    """The entities that an ARN in a row may be; a session names its role without the path."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[2] not in ("iam", "sts"):
        return set()
    if parts[2] == "sts":
        if not parts[5].startswith("assumed-role/"):
            return set()
        role = parts[5].split("/")[1]
        known = {entity for key, entities in named.items() if key[0] == parts[4] and key[2:] == ("role", role.lower()) for entity in entities}
        return known or {entity_of(f"arn:aws:iam::{parts[4]}:role/{role}")}
    return {entity_of(arn)} if parts[5].split("/")[0] in ("user", "role", "group", "policy") and "/" in parts[5] else set()


def histories(documents: Documents) -> dict[Entity, History]:
    """Every entity that any document names."""
    found: dict[Entity, History] = {}

    def of(entity: Entity) -> History:
        return found.setdefault(entity, History(entity))

    for answer in documents.answers:
        of(answer.entity).answers.append(answer)
    for access in documents.accesses + of_others(documents.answers, documents.accesses):
        of(access.entity).accesses.append(access)
    for statement in documents.statements:
        of(statement.entity).statements.append(statement)
    for entity in documents.unread:
        of(entity)
    same_name = defaultdict(list)
    for entity in found:
        if entity.arn and entity.type:
            same_name[entity.account, entity.partition, entity.type, entity.name.lower()].append(entity)
    stated = {entity: list(history.statements) for entity, history in found.items()}
    for entities in same_name.values():
        for one in entities:
            different = [found[other] for other in entities if other.arn != one.arn]
            if one.type in ("user", "group"):
                for other in different:
                    moved = [replace(s, entity=one, last_used=None, names=False) for s in stated[other.entity]]
                    found[one].statements += moved
                continue
            found[one].others = [(a.made, a.made) for other in different for a in other.answers if a.made is not None]
            found[one].others += [(s.created, s.made) for other in different for s in other.statements if s.created is not None]
    return dict(sorted(found.items()))
