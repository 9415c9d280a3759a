//! What is worth most to an attacker: actions by what they do, and ways from one permission to others.
//!
//! Access levels are not enough: AWS calls `iam:CreateAccessKey` a Write. The two lists are written for this program,
//! from what is publicly known about privilege escalation in IAM; each action in them is in the catalogue. The paths cover those that Datadog
//! lists in pathfinding.cloud. Its notice is in `THIRD-PARTY-LICENSES.md`.

/// Where a path leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathReach {
    /// To more permissions of the same entity, or to those of another user or role.
    Direct,
    /// To the permissions of a role that a service uses.
    ByService,
}

/// One way from some permissions to others: an entity that has all of its actions can take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EscalationPath {
    /// Its name in reports.
    pub name: &'static str,
    /// Where it leads.
    pub reach: PathReach,
    /// Service and action.
    pub actions: Vec<(&'static str, &'static str)>,
}

/// Every path, in the order of reports.
#[must_use]
pub fn escalation_paths() -> Vec<EscalationPath> {
    let rows = include_str!("data/escalation_paths.csv").lines().skip(1);
    let path = |row: &'static str| {
        let mut cells = row.splitn(3, ',');
        let (name, reach, actions) = (cells.next()?, cells.next()?, cells.next()?);
        let reach = if reach == "direct" { PathReach::Direct } else { PathReach::ByService };
        Some(EscalationPath {
            name,
            reach,
            actions: actions.split(' ').filter_map(|action| action.split_once(':')).collect(),
        })
    };
    rows.filter_map(path).collect()
}

/// Category, service and action: `credentials`, `exfiltration` or `exposure`.
pub fn risk_actions() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let rows = include_str!("data/risk_actions.csv").lines().skip(1);
    rows.filter_map(|row| {
        let (category, action) = row.split_once(',')?;
        let (service, action) = action.split_once(':')?;
        Some((category, service, action))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn every_row_is_read_and_every_action_exists() {
        let (paths, actions): (Vec<_>, Vec<_>) = (escalation_paths(), risk_actions().collect());
        assert_eq!(paths.len(), include_str!("data/escalation_paths.csv").lines().count() - 1);
        assert_eq!(actions.len(), include_str!("data/risk_actions.csv").lines().count() - 1);
        let legs = paths.iter().flat_map(|path| path.actions.iter().copied());
        let of_lists = actions.iter().map(|(_, service, action)| (*service, *action));
        let unknown: Vec<_> = legs
            .chain(of_lists)
            .filter(|(service, action)| Catalogue::builtin().access_level(service, action).is_none())
            .collect();
        assert_eq!(unknown, []);
        assert!(actions.iter().all(|(category, ..)| ["credentials", "exfiltration", "exposure"].contains(category)));
    }
}
