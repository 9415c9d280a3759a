//! How far statements reach: to which services, and by which of their patterns.

use super::{ActionPattern, Actions, Effect, PatternKind, PolicyDocument, Statement};

impl ActionPattern {
    /// Whether it matches every action of the service, known or not.
    #[must_use]
    pub fn covers_service(&self, service: &str) -> bool {
        match (self.kind(), self.parts()) {
            (PatternKind::All, _) => true,
            (_, Some((prefix, pattern))) => prefix.eq_ignore_ascii_case(service) && pattern.bytes().all(|b| b == b'*'),
            _ => false,
        }
    }

    /// Whether it may match some action of the service, known or not.
    #[must_use]
    pub fn reaches_service(&self, service: &str) -> bool {
        self.parts().is_none_or(|(prefix, _)| prefix.eq_ignore_ascii_case(service))
    }

    /// Whether it matches all that `other` matches. `false` if that is not obvious.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let Some((service, pattern)) = other.parts() else { return self.kind() == PatternKind::All };
        if self.covers_service(service) {
            return true;
        }
        let Some((own_service, own)) = self.parts() else { return false };
        let start = pattern.split(['*', '?']).next().unwrap_or_default();
        let is_start = self.kind() == PatternKind::Prefix && start.starts_with(own.trim_end_matches('*'));
        own_service == service && (own == pattern || is_start)
    }
}

impl Statement {
    /// The patterns of `Action` or `NotAction` that count.
    pub fn patterns(&self) -> impl Iterator<Item = &ActionPattern> {
        let (Actions::Listed(patterns) | Actions::AllBut(patterns)) = &self.actions;
        patterns.iter().filter(|pattern| self.heeds(pattern))
    }

    /// The services that its `Action` names, in lower case.
    pub fn services_named(&self) -> impl Iterator<Item = &str> {
        let is_listed = matches!(self.actions, Actions::Listed(_));
        self.patterns().filter(move |_| is_listed).filter_map(|pattern| pattern.parts().map(|(service, _)| service))
    }

    /// Whether it is about services that it does not name.
    #[must_use]
    pub fn reaches_unnamed(&self) -> bool {
        matches!(self.actions, Actions::AllBut(_)) || self.patterns().any(|pattern| pattern.parts().is_none())
    }

    /// Whether it may be about some action of the service, known or not.
    #[must_use]
    pub fn reaches_service(&self, service: &str) -> bool {
        match self.actions {
            Actions::Listed(_) => self.patterns().any(|pattern| pattern.reaches_service(service)),
            Actions::AllBut(_) => !self.patterns().any(|pattern| pattern.covers_service(service)),
        }
    }

    /// Whether it is about every action of the service, known or not.
    #[must_use]
    pub fn covers_service(&self, service: &str) -> bool {
        match self.actions {
            Actions::Listed(_) => self.patterns().any(|pattern| pattern.covers_service(service)),
            Actions::AllBut(_) => !self.patterns().any(|pattern| pattern.reaches_service(service)),
        }
    }

    /// Whether it is about everything that `other` states for the service, known or not. `false` if that is not
    /// obvious.
    #[must_use]
    pub fn covers_in(&self, other: &Self, service: &str) -> bool {
        if self.covers_service(service) {
            return true;
        }
        let (Actions::Listed(_), Actions::Listed(_)) = (&self.actions, &other.actions) else { return false };
        let mut reaching = other.patterns().filter(|pattern| pattern.reaches_service(service));
        reaching.all(|pattern| self.patterns().any(|own| own.covers(pattern)))
    }

    /// The most specific of the patterns of `Action` that fit; if there are several, the first.
    #[must_use]
    pub fn best_pattern(&self, fits: impl Fn(&ActionPattern) -> bool) -> Option<&ActionPattern> {
        let is_listed = matches!(self.actions, Actions::Listed(_));
        // `min_by_key` takes the first of equal ones.
        self.patterns().filter(|pattern| is_listed && fits(pattern)).min_by_key(|pattern| pattern.kind())
    }
}

impl PolicyDocument {
    /// Whether it allows the action and does not deny it wholly.
    #[must_use]
    pub fn allows(&self, service: &str, action: &str) -> bool {
        let matching = || self.statements.iter().filter(|statement| statement.matches(service, action));
        matching().any(|statement| statement.effect == Effect::Allow) && !matching().any(Statement::denies_wholly)
    }

    /// Whether it denies the action wholly.
    #[must_use]
    pub fn denies(&self, service: &str, action: &str) -> bool {
        self.statements.iter().any(|statement| statement.denies_wholly() && statement.matches(service, action))
    }

    /// Whether it denies something of the service wholly, known or not.
    #[must_use]
    pub fn denies_some(&self, service: &str) -> bool {
        self.statements.iter().any(|statement| statement.denies_wholly() && statement.reaches_service(service))
    }
}
