"""What IAM answers at one moment, from the log of the world, as AWS documents it.

`--hide-accesses` makes IAM forget some accesses, so that the checks can be seen to fail.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from world import SERVICES, TRACKED, TRACKING_PERIOD, Document, Entity, Event, World

FORMATS = ("%Y-%m-%dT%H:%M:%S+00:00", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S+00:00", "%Y-%m-%dT%H:%M:%S.123000+00:00")


def iso(time: int, form: str = FORMATS[1]) -> str:
    return datetime.fromtimestamp(time, timezone.utc).strftime(form)


class Iam:
    def __init__(self, world: World, hide_accesses: bool = False) -> None:
        self.world = world
        self.hide_accesses = hide_accesses

    def accesses(self, entity: Entity, time: int) -> Iterator[Event]:
        """The accesses that IAM shows for an entity; those of deleted members of a group, or holders of a policy, are gone."""
        for event in self.world.events:
            hidden = self.hide_accesses and zlib.crc32(repr((event.permission, event.by.id)).encode()) % 4 == 0
            if event.shown <= time < event.time + TRACKING_PERIOD and event.counts_for(entity) and event.by.deleted is None and not hidden:
                yield event

    def last_accessed(self, entity: Entity, time: int, level: str, form: str) -> tuple[Document, list[Event]]:
        """The answer of get-service-last-accessed-details, and the accesses in it."""
        services: dict[str, Event] = {}
        actions: dict[tuple[str, str], Event] = {}
        by: dict[str, set[str]] = {}
        for event in sorted(self.accesses(entity, time), key=lambda event: event.time):
            services[event.permission[0]] = event
            by.setdefault(event.permission[0], set()).add(event.by.id)
            if event.permission in TRACKED:
                actions[event.permission] = event
        listed = entity.allowed()
        rows = []
        for service in sorted({service for service, _ in listed}):
            row: Document = {"ServiceName": SERVICES[service], "ServiceNamespace": service}
            if last := services.get(service):
                row |= {"LastAuthenticated": iso(last.time, form), "LastAuthenticatedEntity": last.by.arn}
                row["LastAuthenticatedRegion"] = last.region
            row["TotalAuthenticatedEntities"] = len(by.get(service, ()))
            tracked = [_tracked(action, actions.get((service, action)), form) for action in
                       sorted(a for s, a in listed if s == service and (s, a) in TRACKED)]  # fmt: skip
            if level == "ACTION_LEVEL" and service != "firehose":
                row["TrackedActionsLastAccessed"] = tracked
            rows.append(row)
        answer: Document = {"JobStatus": "COMPLETED", "JobType": level, "JobCreationDate": iso(time - 2, form)}
        answer |= {"ServicesLastAccessed": rows, "JobCompletionDate": iso(time, form), "IsTruncated": False}
        return answer, [*services.values(), *(actions.values() if level == "ACTION_LEVEL" else ())]

    def with_entities(self, entity: Entity, service: str, time: int) -> tuple[Document, list[Event]]:
        """The answer of get-service-last-accessed-details-with-entities."""
        accesses = sorted(self.accesses(entity, time), key=lambda event: event.time)
        last = {event.by.id: event for event in accesses if event.permission[0] == service}
        rows = []
        for event in last.values():
            by = event.by
            info = {"Arn": by.arn, "Name": by.name, "Type": by.kind.upper(), "Id": by.id, "Path": by.path}
            rows.append({"EntityInfo": info, "LastAuthenticated": iso(event.time)})
        answer = {"JobStatus": "COMPLETED", "JobCreationDate": iso(time - 2), "JobCompletionDate": iso(time)}
        return {**answer, "EntityDetailsList": rows, "IsTruncated": False}, list(last.values())

    def authorization_details(self) -> Document:
        """The answer of get-account-authorization-details, without the policies that AWS manages."""
        lists: Document = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
        for entity in self.world.of("user", "group", "role"):
            kind = entity.kind.capitalize()
            row = self.head(entity) | {"AttachedManagedPolicies": [_attached(policy) for policy in entity.attached]}
            row[f"{kind}PolicyList"] = [{"PolicyName": n, "PolicyDocument": d} for n, d in entity.inline.items()]
            if entity.kind == "user":
                row["GroupList"] = [group.name for group in entity.groups]
            if entity.kind == "role":
                row |= {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}, "InstanceProfileList": []}
            if entity.boundary:
                row["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": entity.boundary.arn}
            lists[f"{kind}DetailList"].append(row)
        for policy in self.world.of("policy"):
            holders = [entity for entity in self.world.entities if policy in entity.attached]
            bounded = [entity for entity in self.world.entities if entity.boundary is policy]
            versions = [
                {"Document": document, "VersionId": version, "IsDefaultVersion": version == policy.default, "CreateDate": iso(time)}
                for version, time, document in reversed(policy.versions)
            ]
            row = self.head(policy) | {"DefaultVersionId": policy.default, "AttachmentCount": len(holders), "IsAttachable": True}
            row |= {"PermissionsBoundaryUsageCount": len(bounded), "PolicyVersionList": versions}
            lists["Policies"].append(row | {"UpdateDate": iso(max(time for _, time, _ in policy.versions))})
        return lists | {"IsTruncated": False}

    def head(self, entity: Entity) -> dict[str, Any]:
        """The members that every list of IAM has for an entity."""
        kind = entity.kind.capitalize()
        return {"Path": entity.path, f"{kind}Name": entity.name, f"{kind}Id": entity.id, "Arn": entity.arn,
                "CreateDate": iso(entity.created)}  # fmt: skip


def _tracked(action: str, event: Event | None, form: str) -> Document:
    row: Document = {"ActionName": action}
    if event:
        row |= {"LastAccessedEntity": event.by.arn, "LastAccessedTime": iso(event.time, form)}
        row["LastAccessedRegion"] = event.region
    return row


def _attached(policy: Entity) -> Document:
    return {"PolicyName": policy.name, "PolicyArn": policy.arn}
