//! The words of a report on grants.

use crate::model::terms::closed_set;

closed_set! {
    /// How an entity comes to hold a policy.
    ViaKind {
        /// Written in it or attached to it.
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
        /// What IAM does not store; it counts, so that no grant is overlooked.
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
    /// What the permissions boundary says about a permission.
    BoundaryWord {
        /// There is no boundary.
        None = "none",
        /// The boundary allows it.
        Allows = "allows",
        /// The boundary allows some of it, or nothing proves that it allows none.
        Partly = "partly",
        /// The boundary does not allow it.
        Excludes = "excludes",
        /// Nothing says whether there is a boundary, or what it says.
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
        /// No dump says anything about it.
        NoEvidence = "no-evidence",
    }
}

closed_set! {
    /// Whether dump and policies agree about a service.
    Agreement {
        /// The dump lists it, and a policy grants it.
        Ok = "ok",
        /// The dump lists it, and no policy that is known grants it: policies are missing, or were changed since.
        DumpOnly = "dump-only",
        /// A policy grants it, and the whole dump does not list it: the policy is newer, or denied.
        PolicyOnly = "policy-only",
        /// There is no whole dump, or the policies are not known.
        Unknown = "unknown",
    }
}

closed_set! {
    /// What a permission is worth to whoever should not have it.
    Risk {
        /// A way to all permissions, open as it stands.
        Critical = "critical",
        /// Another way on, credentials, or the permissions of resources.
        High = "high",
        /// Secrets, destruction, or a part of a way on.
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
        /// It gives others access to resources.
        Exposure = "exposure",
        /// It deletes or disables.
        Destructive = "destructive",
        /// It writes.
        Write = "write",
        /// It tags, on which access may rest.
        Tagging = "tagging",
        /// It reads.
        Read = "read",
        /// It lists.
        List = "list",
    }
}

closed_set! {
    /// What a risk rests on.
    RiskBasis {
        /// On the statement and on all that the entity holds.
        Granted = "granted",
        /// On the action alone, because no policy is known.
        Potential = "potential",
    }
}
