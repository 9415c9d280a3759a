"""Cases small enough to be computed by hand: `python3 -m unittest` in this folder."""

import contextlib
import json
import shlex
import tempfile
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

import audit
import estate
import saved
import verdicts
from audit import Params, compute

ROLE = "arn:aws:iam::111111111111:role/app/api"
SAME_ROLE_ELSEWHERE = "arn:aws:iam::222222222222:role/api"
SSO = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Data_Team_0123456789abcdef"


def service(namespace, accessed=None, actions=None, total=None, name=None):
    row = {"ServiceName": name or namespace.upper(), "ServiceNamespace": namespace}
    row["TotalAuthenticatedEntities"] = (1 if accessed else 0) if total is None else total
    if accessed:
        row |= {"LastAuthenticated": accessed, "LastAuthenticatedEntity": ROLE, "LastAuthenticatedRegion": "eu-west-1"}
    if actions is not None:
        row["TrackedActionsLastAccessed"] = [
            {"ActionName": action} | ({"LastAccessedTime": at, "LastAccessedEntity": ROLE} if at else {})
            for action, at in actions.items()
        ]
    return row


def answer(arn, date, *rows, level="SERVICE_LEVEL", **members):
    rows = json.loads(json.dumps(rows))
    for row in rows:  # a role's accesses are its own
        for one in (row, *row.get("TrackedActionsLastAccessed", [])):
            one |= {member: arn for member in ("LastAuthenticatedEntity", "LastAccessedEntity") if member in one}
    whole = {"Arn": arn, "JobStatus": "COMPLETED", "JobType": level, "JobCreationDate": date, "JobCompletionDate": date}
    return whole | {"ServicesLastAccessed": list(rows), "IsTruncated": False} | members


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def save(self, path, *answers):
        for n, one in enumerate(answers):
            file = self.root / path / f"{n}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(one))

    def run_report(self, *arguments, path=""):
        report, *options = arguments
        return compute([report, str(self.root / path), *options]).dicts()


class Time(unittest.TestCase):
    def test_one_instant_in_every_spelling(self):
        spellings = ["2024-05-14T09:00:00Z", "2024-05-14T09:00:00+00:00", "2024-05-14 11:00:00+02:00", "2024-05-14T09:00:00.000Z"]
        self.assertEqual({saved.read_instant(s) for s in spellings}, {1715677200000})

    def test_no_date_is_not_never(self):
        self.assertEqual(saved.read_access("14/05/2024 10:00:00", 0, "", ""), (None, True))
        self.assertEqual(saved.read_access(None, 3, "", ""), (None, True))
        self.assertEqual(saved.read_access(None, 0, "", ""), (None, False))
        self.assertEqual(saved.read_access("1970-01-01T00:00:00+00:00", 0, "", ""), (None, False))
        self.assertEqual(saved.read_access("0001-01-01T00:00:00+00:00", 0, "", ""), (None, False))

    def test_instants_print_whole_seconds(self):
        self.assertEqual(str(audit.Instant(0)), "1970-01-01T00:00:00Z")
        self.assertEqual(str(audit.Instant(5)), "1970-01-01T00:00:00Z")

    def test_halves_round_away_from_zero(self):
        self.assertEqual([str(audit.percent(n, 2000)) for n in (1, 3, 5)], ["0.1", "0.2", "0.3"])  # 0.05, 0.15, 0.25
        self.assertEqual(str(audit.ratio(2, 3)), "0.6667")
        self.assertIsNone(audit.percent(0, 0))


class Verdicts(Case):
    def verdicts(self, *arguments, column="verdict"):
        return [row[column] for row in self.run_report("list", "--level", *arguments)]

    def test_thresholds_to_the_second(self):
        self.save("d", answer(
            ROLE, "2026-06-01T12:00:00+00:00",
            service("a", "2026-03-03T12:00:00+00:00"),  # exactly 90 days
            service("b", "2026-03-03T12:00:01+00:00"),  # a second less
            service("c", "2026-06-02T12:00:00+00:00"),  # after the dump
        ))  # fmt: skip
        self.assertEqual(self.verdicts("service"), ["stale", "active", "active"])
        self.assertEqual(self.verdicts("service", column="days_since"), ["90", "89", "0"])
        self.assertEqual(self.verdicts("service", column="bucket"), ["90-179", "30-89", "0-29"])

    def test_actions_are_unused_only_after_a_long_enough_window(self):
        # 2023-05-23 is the start for all services but s3, ec2, iam and lambda.
        rows = [service("ec2", None, {"RunInstances": None}), service("sqs", None, {"CreateQueue": None})]
        self.save("d", answer(ROLE, "2023-08-20T23:59:59+00:00", *rows, level="ACTION_LEVEL"))
        self.assertEqual(self.verdicts("action"), ["unused", "unknown"])
        self.save("d", answer(ROLE, "2023-08-21T00:00:00+00:00", *rows, level="ACTION_LEVEL"))
        self.assertEqual(self.verdicts("action"), ["unused", "unused"])
        self.assertEqual(self.verdicts("action", "--stale-after", "91d"), ["unused", "unknown"])

    def test_gov_regions_began_in_july_2023(self):
        gov = ROLE.replace("arn:aws:", "arn:aws-us-gov:")
        self.save("d", answer(gov, "2023-09-28T00:00:00+00:00", service("s3")))
        self.assertEqual(self.verdicts("service"), ["unknown"])
        self.save("d", answer(gov, "2023-09-29T00:00:00+00:00", service("s3")))
        self.assertEqual(self.verdicts("service"), ["unused"])

    def test_counted_entities_without_a_date_are_unknown(self):
        self.save("d", answer(ROLE, "2026-06-01T00:00:00+00:00", service("s3", total=2)))
        self.assertEqual(self.verdicts("service"), ["unknown"])
        self.assertEqual(self.run_report("list", "--level", "service", "--unused"), [])

    def test_within_is_strict(self):
        at = {"A": "2026-05-25T00:00:00+00:00", "B": "2026-05-25T00:00:01+00:00"}
        self.save("d", answer(ROLE, "2026-06-01T00:00:00+00:00", service("s3", None, at), level="ACTION_LEVEL"))
        self.assertEqual([r["action_name"] for r in self.run_report("list", "--within", "7d")], ["B"])

    def test_bucket_names(self):
        self.assertEqual(audit.bucket_names((7, 60)), ["0-6", "7-59", "60+", "unused", "unknown"])


class ThePresent(Case):
    def test_services_of_the_newest_actions_of_the_newest_with_actions(self):
        old = answer(ROLE, "2026-01-01T00:00:00+00:00", service("s3", None, {"CreateJob": None}), level="ACTION_LEVEL")
        new = answer(ROLE, "2026-02-01T00:00:00+00:00", service("s3"), service("sqs"))
        later = answer(ROLE, "2026-03-01T00:00:00+00:00") | {"JobStatus": "IN_PROGRESS"}
        self.save("d", old, new, later)
        self.assertEqual([r["service_namespace"] for r in self.run_report("list", "--level", "service")], ["s3", "sqs"])
        self.assertEqual([r["as_of"] for r in self.run_report("list")], ["2026-01-01T00:00:00Z"])
        (row,) = self.run_report("summary")
        self.assertEqual((row["entities"], row["services_granted"], row["actions_tracked"]), ("1", "2", "1"))
        self.assertEqual((row["services_unused_pct"], row["dumps_incomplete"]), ("50.0", "1"))  # sqs is granted since
        (row,) = self.run_report("summary", "--at", "2026-01-01")
        self.assertEqual((row["services_granted"], row["dumps_incomplete"]), ("1", "0"))

    def test_answers_of_one_instant_are_one_dump(self):
        date = "2026-01-01T00:00:00+00:00"
        with_actions = answer(ROLE, date, service("s3", name="With"), level="ACTION_LEVEL")
        self.save("d", answer(ROLE, date, service("s3", name="Without")), with_actions)
        self.save("copy", with_actions)
        (row,) = self.run_report("services")
        self.assertEqual(row["service_name"], "With")
        # Two answers of one instant are one dump.
        self.assertEqual(len(self.run_report("list", "--level", "service", "--snapshots", "all")), 1)

    def test_aws_managed_policies_belong_to_the_account_of_their_folder(self):
        policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"
        self.save("d/111111111111/policy", answer(policy, "2026-01-01T00:00:00+00:00", service("s3")))
        self.save("d/222222222222/policy", answer(policy, "2026-01-01T00:00:00+00:00", service("s3")))
        self.assertEqual([r["account_id"] for r in self.run_report("summary")], ["111111111111", "222222222222"])


class History(Case):
    """What several documents say together; the inputs of tests/evidence say the rest."""

    def rows(self, *options):
        return {r["service_namespace"]: r for r in self.run_report("list", "--level", "service", *options)}

    def test_every_case_of_the_project(self):
        cases = sorted((Path(__file__).parent.parent / "evidence").glob("*/case.json"))
        self.assertGreater(len(cases), 90)
        for case in cases:
            said_of = json.loads(case.read_text(encoding="utf-8"))
            # Some cases are about how files are read, of which the second computation knows only what the tests write.
            for check in [] if said_of.get("of") in ("reading", "grants") else said_of["checks"]:
                with self.subTest(case=case.parent.name, command=check["command"], column=check["column"]):
                    with contextlib.chdir(case.parent / "in"):
                        found = compute(shlex.split(check["command"])).dicts()
                    rows = [r for r in found if all(r.get(name) == cell for name, cell in check["where"].items())]
                    said = {r[check["column"]] for r in rows} or {"ABSENT"}
                    self.assertLessEqual(said, set(check["right"]))

    def test_a_chain_of_weekly_dumps_proves_years(self):
        for week in range(160):
            date = datetime(2023, 4, 3, tzinfo=timezone.utc) + timedelta(weeks=week)
            self.save(f"{date:%Y-%m-%d}", answer(ROLE, date.isoformat(), service("s3", date.isoformat()), service("sqs")))
        row = self.rows("--stale-after", "2y")["sqs"]
        self.assertEqual((row["verdict"], row["observed_limit"], row["observed_days"]), ("unused", "history", str(159 * 7 + 400)))

    def test_the_row_of_an_older_day_does_not_know_what_came_later(self):
        self.save("1", answer(ROLE, "2026-03-01T00:00:00+00:00", service("s3"), service("sqs", "2026-02-28T00:00:00+00:00")))
        self.save("2", answer(ROLE, "2026-03-08T00:00:00+00:00", service("s3", "2026-02-27T00:00:00+00:00"), service("sqs", "2026-02-28T00:00:00+00:00")))
        self.assertEqual([r["services_unused"] for r in self.run_report("trend")], ["1", "0"])
        self.assertEqual(self.rows("--at", "2026-03-01")["s3"]["verdict"], "unused")
        self.assertEqual(self.rows()["s3"]["verdict"], "active")

    def test_a_new_unique_id_is_a_new_entity(self):
        self.save("1", answer(ROLE, "2026-01-01T00:00:00+00:00", service("s3"), RoleId="AROAONE"))
        self.save("2", answer(ROLE, "2026-05-01T00:00:00+00:00", service("s3"), RoleId="AROATWO"))
        row = self.rows()["s3"]
        self.assertEqual((row["unknown_reason"], row["observed_limit"], row["observed_days"]), ("window-too-short", "recreated", "0"))


class Reports(Case):
    DATE = "2026-06-01T00:00:00+00:00"

    def test_unused_leaves_out_what_the_service_row_says_and_what_aws_edits(self):
        rows = [
            service("s3", "2026-05-30T00:00:00+00:00", {"CreateJob": None, "DeleteJob": "2026-05-30T00:00:00+00:00"}),
            service("sqs", None, {"CreateQueue": None}),
        ]
        self.save("d", answer(ROLE, self.DATE, *rows, level="ACTION_LEVEL"), answer(SSO, self.DATE, *rows, level="ACTION_LEVEL"))

        def names(*options):
            return [(r["entity_arn"], r["action_name"]) for r in self.run_report("unused", "--level", "action", *options)]

        self.assertEqual(names(), [(ROLE, "CreateJob")])
        self.assertEqual(names("--all-actions"), [(ROLE, "CreateJob"), (ROLE, "CreateQueue")])
        self.assertEqual(names("--include-aws-controlled"), [(SSO, "CreateJob"), (ROLE, "CreateJob")])
        (row,) = self.run_report("unused")
        self.assertEqual((row["service_namespace"], row["days_since"], row["observed_days"]), ("sqs", "", "400"))

    def test_services_sort_by_unused_grants(self):
        self.save("d", answer(
            ROLE, self.DATE,
            service("a", None, {"One": None}), service("b", None, {"One": None, "Two": None}), service("c"),
            level="ACTION_LEVEL",
        ))  # fmt: skip
        rows = self.run_report("services")
        self.assertEqual([r["service_namespace"] for r in rows], ["b", "a", "c"])
        self.assertEqual([r["grants_unused_pct"] for r in rows], ["100.0", "100.0", ""])

    def test_staleness_counts_add_up(self):
        self.save("d", answer(ROLE, self.DATE, service("a", "2026-05-30T00:00:00+00:00"), service("b"), service("c", total=1)))
        (row,) = self.run_report("staleness", "--by", "account", "--buckets", "7,60")
        self.assertEqual(list(row.values()), ["111111111111", "3", "1", "0", "0", "1", "1", "0"])

    def test_compare_in_all_its_forms(self):
        used = "2026-05-01T00:00:00+00:00"
        self.save("d", answer(ROLE, self.DATE, service("a", used), service("b")))
        self.save("e", answer(SAME_ROLE_ELSEWHERE, self.DATE, service("b"), service("c", total=1), service("d", used)))
        matrix = compute(["compare", str(self.root)])
        self.assertEqual(matrix.columns, ["service_namespace", ROLE, SAME_ROLE_ELSEWHERE])
        self.assertEqual(matrix.rows, [["a", "31", ""], ["b", "unused", "unused"], ["c", "", "unknown"], ["d", "", "31"]])
        self.assertEqual(len(self.run_report("compare", "--long")), 5)
        (pair,) = self.run_report("compare", "--pairs")
        self.assertEqual(list(pair.values())[4:12], ["2", "3", "1", "1", "2", "0", "0.2500", "0.0000"])
        roles = self.run_report("compare", "--roles")
        self.assertEqual([r["service_namespace"] for r in roles], ["a", "b", "c", "d"])
        self.assertEqual([r["unused_everywhere"] for r in roles], ["false", "true", "false", "false"])
        self.assertEqual([r["accounts_granted"] for r in roles], ["1", "2", "1", "1"])
        self.assertEqual({r["accounts"] for r in roles}, {"2"})

    def test_a_permission_set_has_its_own_name(self):
        self.assertEqual(audit.role_name(audit.Entity(SSO, "111111111111")), ("Data_Team", True))

    def test_trend_takes_the_newest_of_each_day(self):
        self.save("d", answer(ROLE, "2026-01-01T01:00:00+00:00", service("a")))
        self.save("e", answer(ROLE, "2026-01-01T23:00:00+00:00", service("a"), service("b")))
        self.save("f", answer(ROLE, "2026-01-02T00:00:00+00:00", service("a")))
        rows = self.run_report("trend")
        self.assertEqual([(r["date"], r["services_granted"]) for r in rows], [("2026-01-01", "2"), ("2026-01-02", "1")])


class Diffs(Case):
    OLD, NEW = "2026-01-01T00:00:00+00:00", "2026-06-01T00:00:00+00:00"

    def changes(self, old, new, *options):
        self.save("old", *old)
        self.save("new", *new)
        table = compute(["diff", str(self.root / "old"), str(self.root / "new"), *options])
        return [(r["change"], r["service_namespace"], r["action_name"]) for r in table.dicts()]

    def test_every_change(self):
        past, early, late = "2025-04-20T00:00:00+00:00", "2025-06-01T00:00:00+00:00", "2025-12-20T00:00:00+00:00"
        recent = "2026-05-20T00:00:00+00:00"
        old = [service("aged", past), service("back", late), service("gone"), service("idle", late), service("lost", late),
               service("resumed", early), service("same", early), service("starts")]  # fmt: skip
        new = [service("aged"), service("back", early), service("idle", late), service("lost", total=1), service("more"),
               service("resumed", recent), service("same", early), service("starts", recent)]  # fmt: skip
        self.assertEqual(
            self.changes([answer(ROLE, self.OLD, *old)], [answer(ROLE, self.NEW, *new)]),
            [("aged-out", "aged", ""), ("granted", "more", ""), ("resumed", "resumed", ""), ("revoked", "gone", ""),
             ("started", "starts", ""), ("went-backwards", "back", ""), ("went-stale", "idle", "")],
        )  # fmt: skip

    def test_a_newer_date_only_with_all(self):
        old = [answer(ROLE, self.OLD, service("a", "2025-12-20T00:00:00+00:00"))]
        new = [answer(ROLE, self.NEW, service("a", "2026-05-20T00:00:00+00:00"))]
        self.assertEqual(self.changes(old, new), [])
        self.assertEqual(self.changes(old, new, "--all"), [(audit.NEWER, "a", "")])

    def test_a_cut_side_proves_nothing_about_what_it_does_not_list(self):
        old = [answer(ROLE, self.OLD, service("a"), service("b"))]
        new = [answer(ROLE, self.NEW, service("a", "2026-05-20T00:00:00+00:00"), IsTruncated=True, Marker="m")]
        self.assertEqual(self.changes(old, new), [("not-comparable", "", ""), ("started", "a", "")])

    def test_a_pending_side_is_no_addition(self):
        pending = answer(ROLE, self.OLD) | {"JobStatus": "IN_PROGRESS"}
        self.assertEqual(self.changes([pending], [answer(ROLE, self.NEW, service("a"))]), [("not-comparable", "", "")])

    def test_entities_come_and_go(self):
        old, new = [answer(ROLE, self.OLD, service("a"))], [answer(SSO, self.NEW)]
        self.assertEqual(self.changes(old, new), [("entity-added", "", ""), ("entity-removed", "", "")])

    def test_no_action_rows_where_a_side_has_none(self):
        old = [answer(ROLE, self.OLD, service("s3", None, {"CreateJob": None}), level="ACTION_LEVEL")]
        new = [answer(ROLE, self.NEW, service("s3"))]
        self.assertEqual(self.changes(old, new, "--level", "action"), [("not-comparable", "", "")])


class Estates(unittest.TestCase):
    def test_the_same_seed_gives_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            one, two = Path(folder, "one"), Path(folder, "two")
            for out in (one, two):
                estate.write_estate(out, 3, 2, 6, 3, hard=True)
            files = sorted(file.relative_to(one) for file in one.rglob("*.json"))
            self.assertEqual(files, sorted(file.relative_to(two) for file in two.rglob("*.json")))
            self.assertTrue(all((one / f).read_bytes() == (two / f).read_bytes() for f in files))

    def test_the_estates_hold_what_is_hard(self):
        with tempfile.TemporaryDirectory() as folder:
            changes, evidence, verdicts = set(), set(), set()
            for seed in range(9):
                out = Path(folder, str(seed))
                estate.write_estate(out, seed, 3, 9, 4)
                days = sorted(day.name for day in out.iterdir())
                for level in ("service", "action"):
                    diff = compute(["diff", "--level", level, str(out / days[0]), str(out / days[-1])])
                    changes |= {(level, row["change"]) for row in diff.dicts()}
                    rows = compute(["list", "--level", level, str(out)]).dicts()
                    verdicts |= {(level, row["verdict"]) for row in rows}
                evidence |= {dump.evidence for dump in audit.load([out]).answers}
            self.assertEqual(len(changes), 2 * 10 + 2, changes)
            self.assertEqual(len(verdicts), 2 * 4, verdicts)
            self.assertEqual(evidence, {"complete", "empty", "truncated", "pending", "failed"})

    def test_counts_add_up_on_random_estates(self):
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(6):
                out = Path(folder, str(seed))
                estate.write_estate(out, seed, 2, 6, 3, hard=seed > 2)
                dumps, p = verdicts.histories(audit.load([out])), Params()
                total = 0
                for row in audit.summary(dumps, p).dicts():
                    counts = [int(row[f"services_{verdict}"]) for verdict in audit.VERDICTS]
                    self.assertEqual(sum(counts), int(row["services_granted"]))
                    total += sum(counts)
                self.assertEqual(total, len(audit.listing(dumps, p, "service").rows))
                for by in ("entity", "service", "account"):
                    rows = audit.staleness(dumps, p, by).dicts()
                    self.assertEqual(sum(int(row["total"]) for row in rows), total)


if __name__ == "__main__":
    unittest.main()
