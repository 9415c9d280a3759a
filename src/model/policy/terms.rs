//! The words of a report on grants.

use crate::model::terms::closed_set;

closed_set! {
    /// How an entity comes to hold a policy.
    ViaKind {
        /// Inside it or attached to it.
        Direct = "direct",
        /// Through a group.
        Group = "group",
        /// It is the policy.
        Itself = "self",
    }
}

closed_set! {
    /// How much the pattern that grants a permission names, the most specific first.
    GrantPattern {
        /// `s3:GetObject`.
        Exact = "exact",
        /// `s3:Get*`.
        Prefix = "prefix",
        /// `s3:*Object`.
        Wildcard = "wildcard",
        /// `s3:*`.
        Service = "service",
        /// `*`.
        All = "all",
        /// A pattern that IAM does not store; it counts, so that no grant is missed.
        Malformed = "malformed",
        /// `NotAction`: everything that its patterns do not match.
        NotAction = "not-action",
    }
}

closed_set! {
    /// How far the resources of a statement reach.
    ResourceWord {
        /// `*`.
        All = "all",
        /// Narrower patterns only.
        Some = "some",
        /// `NotResource`.
        NotResource = "not-resource",
    }
}

closed_set! {
    /// What the Deny statements of an entity's identity policies take away from a permission.
    Denied {
        /// Nothing.
        None = "none",
        /// Some of it: under a condition, on some resources, or some actions of the service.
        Partly = "partly",
        /// All of it: the permission is not granted.
        Whole = "whole",
    }
}

closed_set! {
    /// What the permissions boundary tells about a permission.
    BoundaryWord {
        /// There is no boundary.
        None = "none",
        /// The boundary allows it.
        Allows = "allows",
        /// The boundary allows some of it, or nothing proves that it allows none.
        Partly = "partly",
        /// The boundary does not allow it.
        Excludes = "excludes",
        /// Nothing tells whether there is a boundary, or what it allows.
        Unknown = "unknown",
    }
}

closed_set! {
    /// What is known about the use of a granted action.
    ActionEvidence {
        /// Its verdict is `active`.
        Used = "used",
        /// Its verdict is `stale`.
        Stale = "stale",
        /// Its verdict is `unused`.
        Unused = "unused",
        /// Its verdict is `unknown`.
        Unknown = "unknown",
        /// A whole dump at action level does not list it although it is granted: AWS does not track it.
        Untracked = "untracked",
        /// No dump tells anything about it.
        NoEvidence = "no-evidence",
    }
}

closed_set! {
    /// Whether dump and policies agree about a service.
    Agreement {
        /// The dump lists it, and a policy grants it.
        Ok = "ok",
        /// The dump lists it, and no known policy grants it: policies are missing, or were changed since.
        DumpOnly = "dump-only",
        /// A policy grants it, and the whole dump does not list it: the policy is newer, or the service is denied.
        PolicyOnly = "policy-only",
        /// There is no whole dump, or the policies are not known.
        Unknown = "unknown",
    }
}

closed_set! {
    /// How much a permission is worth to an attacker.
    Risk {
        /// A way to all permissions, open as things are.
        Critical = "critical",
        /// Another way to more permissions, credentials, or the permissions of resources.
        High = "high",
        /// Secrets, destruction, or a part of a way to more permissions.
        Medium = "medium",
        /// Writing and tagging.
        Low = "low",
        /// Reading and listing.
        Info = "info",
    }
}

closed_set! {
    /// Why a permission has its risk.
    RiskCategory {
        /// It is an action of an escalation path.
        Escalation = "escalation",
        /// It gives credentials.
        Credentials = "credentials",
        /// It reads secrets or objects.
        Exfiltration = "exfiltration",
        /// It gives other principals access to resources.
        Exposure = "exposure",
        /// It deletes or disables.
        Destructive = "destructive",
        /// It writes.
        Write = "write",
        /// It tags; access may depend on tags.
        Tagging = "tagging",
        /// It reads.
        Read = "read",
        /// It lists.
        List = "list",
    }
}

closed_set! {
    /// What a risk is based on.
    RiskBasis {
        /// On everything that the entity holds: the word is the whole risk.
        Granted = "granted",
        /// On the action alone, at least: not all policies of the entity are known, and those that are missing may make the risk higher.
        Potential = "potential",
    }
}
