"""What IAM would have answered about policies: the rows of `get-account-authorization-details`."""


def statement(actions, *, effect="Allow", resource="*", element="Action", **more):
    return {"Effect": effect, element: actions, "Resource": resource} | more


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def managed(arn, *versions, attached=1, boundaries=0):
    """A managed policy with its versions, day and statements, oldest first; the last one holds."""
    listed = [
        {"Document": document(*of), "VersionId": f"v{at}", "IsDefaultVersion": at == len(versions), "CreateDate": f"{day}T09:00:00+00:00"}
        for at, (day, of) in enumerate(versions, 1)
    ]
    return {
        "PolicyName": arn.rsplit("/", 1)[1], "PolicyId": "ANPAEXAMPLEEXAMPLE001", "Arn": arn, "Path": path(arn),
        "DefaultVersionId": f"v{len(versions)}", "AttachmentCount": attached, "PermissionsBoundaryUsageCount": boundaries,
        "IsAttachable": True, "CreateDate": listed[0]["CreateDate"], "UpdateDate": listed[-1]["CreateDate"],
        "PolicyVersionList": listed[::-1],
    }


def holder(arn, *, inline=(), attached=(), created="2023-03-01", **more):
    """A user, group or role."""
    kind = arn.split(":", 5)[5].split("/", 1)[0]
    word = kind.capitalize()
    return {
        "Path": path(arn), f"{word}Name": arn.rsplit("/", 1)[1], f"{word}Id": f"A{word[0]}DAEXAMPLEEXAMPLE01", "Arn": arn,
        "CreateDate": f"{created}T09:00:00+00:00",
        f"{word}PolicyList": [{"PolicyName": of, "PolicyDocument": document(*statements)} for of, *statements in inline],
        "AttachedManagedPolicies": [{"PolicyName": of.rsplit("/", 1)[1], "PolicyArn": of} for of in attached],
    } | more


def boundary(arn):
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def path(arn):
    """`/app/` of `role/app/prod-api`."""
    return "/" + "".join(part + "/" for part in arn.split(":", 5)[5].split("/")[1:-1])
