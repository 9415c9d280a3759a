//! What Deny statements and the permissions boundary leave of what an Allow statement grants.
//!
//! "Whole" and "excludes" say that something is *not* granted. So they are used only if they are also true for actions
//! that no catalogue knows yet.

use crate::model::policy::{
    ActionPattern, ActionSet, Actions, Boundary, BoundaryWord, Denied, Effect, HeldPolicy, Holder, PatternKind,
    Statement, Universe,
};

/// One statement with the known actions that it covers.
#[derive(Clone, Copy)]
pub struct Spoken<'a> {
    /// The statement.
    pub statement: &'a Statement,
    /// The known actions.
    pub actions: &'a ActionSet,
}

/// The statements of `policy`.
pub fn statements(policy: &HeldPolicy) -> impl Iterator<Item = Spoken<'_>> {
    let statements = policy.document.iter().flat_map(|document| &document.statements);
    statements.zip(policy.expanded.iter()).map(|(statement, actions)| Spoken { statement, actions })
}

impl Spoken<'_> {
    /// Whether each of its patterns that reach the service is the full name of an action.
    fn is_exact_in(&self, service: &str) -> bool {
        let exact = |pattern: &ActionPattern| pattern.kind() == PatternKind::Exact;
        matches!(self.statement.actions, Actions::Listed(_))
            && self.statement.patterns().filter(|pattern| pattern.reaches_service(service)).all(exact)
    }
}

/// The Deny statements of all policies that an entity holds.
pub struct Denies<'a> {
    statements: Vec<Spoken<'a>>,
    whole: ActionSet,
    partly: ActionSet,
}

impl<'a> Denies<'a> {
    /// The Deny statements of `holder`.
    pub fn of(holder: &'a Holder, universe: &Universe) -> Self {
        let all = holder.held.iter().flat_map(|held| statements(&held.policy));
        let statements: Vec<_> = all.filter(|spoken| spoken.statement.effect == Effect::Deny).collect();
        let (mut whole, mut partly) = (ActionSet::empty(universe.len()), ActionSet::empty(universe.len()));
        for deny in &statements {
            let set = if deny.statement.denies_wholly() { &mut whole } else { &mut partly };
            set.union(deny.actions);
        }
        Self { statements, whole, partly }
    }

    /// How much they deny of all that `allow` grants in the service.
    pub fn of_service(&self, allow: Spoken, service: &str, universe: &Universe) -> Denied {
        let reaching = || self.statements.iter().filter(|deny| deny.statement.reaches_service(service));
        if reaching().next().is_none() {
            return Denied::None;
        }
        let mut allowed = allow.actions.places_in(universe.service(service)).peekable();
        let is_known = allowed.peek().is_some();
        let (mut all, mut any) = (true, false);
        for place in allowed {
            let whole = self.whole.contains(place);
            all &= whole;
            any |= whole || self.partly.contains(place);
        }
        let covers =
            |deny: &&Spoken| deny.statement.denies_wholly() && deny.statement.covers_in(allow.statement, service);
        if reaching().any(|deny| covers(&deny)) || is_known && all && allow.is_exact_in(service) {
            Denied::Whole
        } else if any || !is_known {
            Denied::Partly
        } else {
            Denied::None
        }
    }

    /// Whether they deny the known action at `place` wholly.
    pub fn take(&self, place: usize) -> bool {
        self.whole.contains(place)
    }

    /// How much they deny of one action, which is at `place` if it is known.
    pub fn of_action(&self, service: &str, action: &str, place: Option<usize>) -> Denied {
        let (whole, partly) = if let Some(place) = place {
            (self.whole.contains(place), self.partly.contains(place))
        } else {
            let matching = || self.statements.iter().filter(|deny| deny.statement.matches(service, action));
            (matching().any(|deny| deny.statement.denies_wholly()), matching().next().is_some())
        };
        match (whole, partly) {
            (true, _) => Denied::Whole,
            (false, true) => Denied::Partly,
            (false, false) => Denied::None,
        }
    }
}

/// The permissions boundary of an entity.
pub enum Bounded<'a> {
    /// One word for every permission.
    Word(BoundaryWord),
    /// A policy.
    Policy {
        /// The policy.
        policy: &'a HeldPolicy,
        /// The known actions that it allows.
        allowed: ActionSet,
    },
}

impl<'a> Bounded<'a> {
    /// The boundary of `holder`.
    pub fn of(holder: &'a Holder, universe: &Universe) -> Self {
        match &holder.boundary {
            Boundary::None => Self::Word(BoundaryWord::None),
            Boundary::Unknown => Self::Word(BoundaryWord::Unknown),
            Boundary::Policy(policy) => match &policy.document {
                Some(document) => Self::Policy { policy, allowed: universe.granted(document) },
                None => Self::Word(BoundaryWord::Unknown),
            },
        }
    }

    /// What it says about all that `allow` grants in the service.
    pub fn of_service(&self, allow: Spoken, service: &str, universe: &Universe) -> BoundaryWord {
        let Self::Policy { policy, allowed } = self else { return self.word() };
        let places: Vec<_> = allow.actions.places_in(universe.service(service)).collect();
        let within = places.iter().filter(|place| allowed.contains(**place)).count();
        let reaches =
            |spoken: &Spoken| spoken.statement.effect == Effect::Allow && spoken.statement.reaches_service(service);
        let is_reached = statements(policy).any(|spoken| reaches(&spoken));
        match within {
            0 if !is_reached || !places.is_empty() && allow.is_exact_in(service) => BoundaryWord::Excludes,
            0 => BoundaryWord::Partly,
            n if n == places.len() => BoundaryWord::Allows,
            _ => BoundaryWord::Partly,
        }
    }

    /// Whether it excludes the known action at `place`.
    pub fn exclude(&self, place: usize) -> bool {
        matches!(self, Self::Policy { allowed, .. } if !allowed.contains(place))
    }

    /// What it says about one action.
    pub fn of_action(&self, service: &str, action: &str, place: Option<usize>) -> BoundaryWord {
        let Self::Policy { policy, allowed } = self else { return self.word() };
        let document = policy.document.as_ref();
        let is_allowed = place.map_or_else(
            || document.is_some_and(|document| document.allows(service, action)),
            |place| allowed.contains(place),
        );
        if is_allowed { BoundaryWord::Allows } else { BoundaryWord::Excludes }
    }

    const fn word(&self) -> BoundaryWord {
        match self {
            Self::Word(word) => *word,
            Self::Policy { .. } => BoundaryWord::Unknown,
        }
    }
}
