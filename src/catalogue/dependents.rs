//! Which other actions AWS checks when one is called. It does not record a call by the user for these, so their silence
//! proves nothing while the action that needs them is granted.

/// Each action that needs others, with these others, as `service:Action` in the spelling of AWS's service authorization
/// reference.
pub fn dependents() -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'static str>)> {
    let rows = include_str!("data/dependents.csv").lines().skip(1);
    rows.filter_map(|row| row.split_once(',')).map(|(action, needed)| (action, needed.split(' ')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_names_actions() {
        let all: Vec<_> = dependents().map(|(action, needed)| (action, needed.collect::<Vec<_>>())).collect();
        assert_eq!(all.len(), include_str!("data/dependents.csv").lines().count() - 1);
        let names = all.iter().flat_map(|(action, needed)| needed.iter().chain([action]));
        assert!(
            names.into_iter().all(|name| name.split_once(':').is_some_and(|(s, a)| !s.is_empty() && !a.is_empty()))
        );
        assert!(all.iter().any(|(action, needed)| *action == "ec2:RunInstances" || needed.contains(&"iam:PassRole")));
    }
}
