//! The words of a recommendation.

use crate::model::terms::closed_set;

closed_set! {
    /// What is proposed for a policy.
    AdviceStep {
        /// A new document.
        Narrow = "narrow",
        /// The policy is detached from everything that it is attached to.
        Detach = "detach",
        /// The inline policy is deleted.
        DeleteInline = "delete-inline",
        /// New customer policies replace a policy that cannot hold the smaller document: one by AWS, or an inline one with too little room.
        CopyAndSwap = "copy-and-swap",
        /// Nothing.
        None = "none",
    }
}

closed_set! {
    /// How the smaller document names what it allows.
    DocumentForm {
        /// The actions that stay, by their names.
        List = "list",
        /// The actions that stay, by the shortest prefixes that match no action that goes.
        Compact = "compact",
        /// The patterns stay, and a Deny statement names the actions that go.
        Deny = "deny",
    }
}

closed_set! {
    /// Which forms may be used.
    AdviceStyle {
        /// The first that fits: list, compact, Deny.
        Auto = "auto",
        /// Only Deny.
        Deny = "deny",
    }
}

closed_set! {
    /// Why nothing is proposed for a policy.
    ReasonNone {
        /// AWS would create the entity again, or only AWS can edit it.
        AwsControlled = "aws-controlled",
        /// AWS made the policy for one role, in the path `/service-role/`.
        MadeByAws = "made-by-aws",
        /// It is also a permissions boundary.
        Boundary = "boundary",
        /// Its document is not in the files, or cannot be read.
        DocumentMissing = "document-missing",
        /// A holder may hold more than is known.
        PoliciesIncomplete = "policies-incomplete",
        /// It has no known holder.
        NotAttached = "not-attached",
        /// Not every holder is known, or one of them has no dump.
        HoldersUnknown = "holders-unknown",
        /// There is no dump.
        NoDump = "no-dump",
        /// The dump does not list everything.
        DumpIncomplete = "dump-incomplete",
        /// The entity of the dump is a guess.
        EntityInferred = "entity-inferred",
        /// The policy was changed after the dump was made.
        PolicyChanged = "policy-changed",
        /// The answer that tells who holds which policy was saved on a later day than the dump.
        PoliciesNewer = "policies-newer",
        /// The answer that tells who holds which policy was saved more than a week before the dump.
        PoliciesOlder = "policies-older",
        /// Nothing that it grants is shown to be unused.
        NothingUnused = "nothing-unused",
        /// Something is unused, and has to be kept.
        AllKept = "all-kept",
        /// The smaller document is longer than IAM allows, also in as many parts as may be attached.
        TooLarge = "too-large",
        /// So many policies are attached that a copy, or the parts of the smaller document, cannot be.
        NoSlot = "no-slot",
        /// `--protect` names the entity or the policy.
        Protected = "protected",
    }
}

closed_set! {
    /// Why an action stays.
    KeptBecause {
        /// A dump shows an access.
        Used = "used",
        /// The dump lists it, and proves nothing about it.
        Unknown = "unknown",
        /// The dump does not list it while its service stays: AWS does not track it.
        Untracked = "untracked",
        /// It is only ever checked inside another call, such as `iam:PassRole`.
        PermissionOnly = "permission-only",
        /// An action that stays needs it.
        Dependent = "dependent",
        /// It is needed rarely, and then urgently: keys, backups, restores, failovers.
        Recovery = "recovery",
        /// `--protect` names it.
        Protected = "protected",
        /// A decision keeps it.
        Decision = "decision",
        /// The entity that applies changes needs it to repair policies.
        Repair = "repair",
        /// This policy has granted it for less than the threshold, or nobody knows since when.
        GrantedRecently = "granted-recently",
        /// Another policy or statement of a holder grants it too, and stays.
        GrantedElsewhere = "granted-elsewhere",
        /// Another holder of the policy uses it, or is not shown to leave it unused.
        OtherHolder = "other-holder",
        /// The pattern that grants it would match no known action, or no catalogue has its service: what else it matches is unknown.
        NothingKnownLeft = "nothing-known-left",
        /// Its service was used, by which action nobody knows, and a holder would have nothing left of it.
        ServiceUsed = "service-used",
        /// The filters exclude it.
        NotAsked = "not-asked",
    }
}

impl KeptBecause {
    /// The reason in words.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Used => "a dump shows an access",
            Self::Unknown => "a dump lists it, and proves nothing about it",
            Self::Untracked => "AWS does not record its use, and its service stays",
            Self::PermissionOnly => "AWS checks it inside other calls, and never records it",
            Self::Dependent => "an action that stays needs it",
            Self::Recovery => "it is needed seldom, and then urgently, as for a restore",
            Self::Protected => "--protect names it",
            Self::Decision => "a decision keeps it, or asks about it",
            Self::Repair => "the entity that applies the proposals needs it to repair its policies",
            Self::GrantedRecently => "it was granted lately, or nobody knows since when",
            Self::GrantedElsewhere => "another policy or statement grants it too",
            Self::OtherHolder => "another holder of the policy uses it, or may use it",
            Self::NothingKnownLeft => "nobody knows what else its pattern matches",
            Self::ServiceUsed => "its service was used, and nobody knows through which action",
            Self::NotAsked => "a filter leaves it out",
        }
    }
}
