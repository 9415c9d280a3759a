//! The closed sets: every word that a column may hold, written once.
//!
//! The order of the variants is the order in which tables list them.

/// Declares a closed set: an enum, its words in output, and the way back from a word.
macro_rules! closed_set {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every member, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in every output.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The member with the word `text`, if there is one; the match is exact.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(super) use closed_set;

closed_set! {
    /// What may be concluded about one permission of one entity.
    ///
    /// Definitions: `docs/reports.md`, "Verdict". The verdict is `Unknown` whenever the evidence does not prove another
    /// one.
    Verdict {
        /// Accessed less than the threshold before the dump.
        Active = "active",
        /// Accessed, but at least the threshold before the dump.
        Stale = "stale",
        /// No access is recorded, and AWS has been recording for at least the threshold.
        Unused = "unused",
        /// Nothing can be concluded; see [`UnknownReason`].
        Unknown = "unknown",
    }
}

closed_set! {
    /// Why a verdict is `unknown`.
    UnknownReason {
        /// No access is recorded, but AWS had not been recording for as long as the threshold.
        WindowTooShort = "window-too-short",
        /// There was an access with a date that is missing or cannot be read.
        DateUnreadable = "date-unreadable",
        /// The dump itself has no date from which to count.
        NoDate = "no-date",
        /// The documents contradict one another: an older one shows an access that AWS cannot have forgotten.
        Contradicted = "contradicted",
        /// A later document shows that the service of the action has been used since.
        NewerAccess = "newer-access",
        /// Nobody knows since when AWS has been recording in the partition.
        NoStart = "no-start",
        /// The permission was granted, or came to be listed, less than the threshold ago.
        GrantedRecently = "granted-recently",
        /// With `--strict-age`: nothing shows that the entity is as old as the threshold.
        AgeUnknown = "age-unknown",
    }
}

closed_set! {
    /// The start of a silence: the latest of all possible starts; of equal ones, the first in this order.
    ObservedLimit {
        /// The newest whole dump that does not list the permission.
        Grant = "grant",
        /// The entity was created again under the same name.
        Recreated = "recreated",
        /// The entity was created.
        Creation = "creation",
        /// AWS began to track the service's actions.
        Tracking = "tracking",
        /// AWS began to record in the partition.
        Recording = "recording",
        /// The window of the oldest in a chain of dumps that are all silent.
        History = "history",
        /// The window of the row's own dump.
        Window = "window",
    }
}

closed_set! {
    /// What shows that an entity is at least as old as the threshold, best first.
    AgeKnownBy {
        /// A creation date, or a recreation that dumps show.
        Creation = "creation",
        /// A dump that is old enough.
        History = "history",
        /// An access that is old enough.
        Access = "access",
        /// Nothing.
        None = "none",
    }
}

closed_set! {
    /// What the owner of an entity can do about a permission that is not needed.
    Remedy {
        /// Edit the policy: the owner controls it.
        EditPolicy = "edit-policy",
        /// Detach or replace an AWS-managed policy.
        DetachOrReplace = "detach-or-replace",
        /// Change the permission set of IAM Identity Center from which the role is made.
        ChangePermissionSet = "change-permission-set",
        /// Nothing: AWS alone edits a service-linked role.
        None = "none",
    }
}

closed_set! {
    /// What one dump proves. See `docs/input-formats.md`, "Evidence".
    Evidence {
        /// Finished, every page present: everything may be concluded.
        Complete = "complete",
        /// Finished, and the list is empty: identity policies allow no service.
        Empty = "empty",
        /// The listed rows are true; about a permission that is not listed, nothing is known.
        Truncated = "truncated",
        /// It looks whole but may have been cut: exactly a page long without the flag, or with pages that overlap.
        Suspect = "suspect",
        /// The saver kept only rows that were used.
        UsedOnly = "used-only",
        /// The job had not finished: no data.
        Pending = "pending",
        /// The job failed: no data.
        Failed = "failed",
        /// Every access in it is by another entity: no data about this one.
        Contradicted = "contradicted",
    }
}

impl Evidence {
    /// Whether the dump has rows (or the true statement that there are none).
    #[must_use]
    pub const fn is_usable(self) -> bool {
        !matches!(self, Self::Pending | Self::Failed | Self::Contradicted)
    }

    /// Whether absence from the list proves that the permission is not granted.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Complete | Self::Empty)
    }
}

closed_set! {
    /// How the entity of a dump is known, best evidence first.
    IdentifiedBy {
        /// An ARN member next to or above the list.
        Member = "member",
        /// The map key above the answer.
        Key = "key",
        /// A manifest that the user gave.
        Manifest = "manifest",
        /// Another saved answer: same stem, or joined on the `JobId`.
        Sidecar = "sidecar",
        /// The path template that the user gave.
        Template = "template",
        /// The path: an encoded ARN, or account, type and name in folders.
        Path = "path",
        /// One user or role made every access in the dump.
        Inferred = "inferred",
        /// Nothing tells; the dump is listed under its path.
        Unknown = "unknown",
    }
}

impl IdentifiedBy {
    /// What tells so, in a sentence about a dump.
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Self::Member => "as the file itself says",
            Self::Key => "as the key above it says",
            Self::Manifest => "as the manifest says",
            Self::Sidecar => "as another saved answer says",
            Self::Template => "as the path template says",
            Self::Path => "as its path says",
            Self::Inferred => "as the only role or user that used it suggests",
            Self::Unknown => "as its path is all that is known",
        }
    }
}

closed_set! {
    /// `JobStatus` of the API.
    JobStatus {
        /// No list yet.
        InProgress = "IN_PROGRESS",
        /// The list is there.
        Completed = "COMPLETED",
        /// There will be no list.
        Failed = "FAILED",
    }
}

closed_set! {
    /// `JobType` of the API: the granularity of the request.
    JobType {
        /// Services only.
        ServiceLevel = "SERVICE_LEVEL",
        /// Services, and the tracked actions of those that have any.
        ActionLevel = "ACTION_LEVEL",
    }
}

closed_set! {
    /// The granularity of a report.
    Level {
        /// One row per service.
        Service = "service",
        /// One row per action.
        Action = "action",
    }
}

closed_set! {
    /// Who can change what an entity may do.
    ManagedBy {
        /// The owner of the account.
        Account = "account",
        /// AWS: a policy that it publishes.
        Aws = "aws",
        /// The service that created the role.
        Service = "service",
        /// IAM Identity Center: the role comes from a permission set.
        IdentityCenter = "identity-center",
    }
}
